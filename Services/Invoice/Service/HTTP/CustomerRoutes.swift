import HTTPServer
import Primitives
import ServiceKit

/// The routes of customers.
struct CustomerRoutes: Sendable {
    let route: TenantRoute

    func add(to router: inout Router) {
        router.post("/v1/customers", handler: create)
        router.get("/v1/customers", handler: list)
        router.get("/v1/customers/{id}", handler: fetch)
        router.patch("/v1/customers/{id}", handler: update)
    }

    @Sendable private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .customersWrite, reading: Self.customer) { scope, given, tx in
            let change = try CreateCustomer(
                organizationID: scope.organizationID, name: given.name, input: given.input, now: scope.now,
                cause: scope.cause
            ).run(in: tx)
            let response = HTTPResponse.json(201, CustomerJSON.bytes(change.customer))
                .with("Location", "/v1/customers/\(change.customer.id)")
            return TenantRoute.Answer(response: response, events: change.events)
        }
    }

    @Sendable private func update(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .customersWrite, reading: Self.changes) { scope, given, tx in
            let change = try UpdateCustomer(
                id: given.id, organizationID: scope.organizationID, input: given.input, now: scope.now,
                cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(
                response: .json(200, CustomerJSON.bytes(change.customer)), events: change.events)
        }
    }

    private static func customer(
        _ request: HTTPRequest
    ) throws -> (name: String, input: CustomerInput) {
        let body = try request.json()
        let fields = FieldReader(body)
        let input = CustomerInput(fields, body: body)
        guard let name = fields.require("name", input.name), fields.errors.isEmpty else {
            throw fields.invalid
        }
        return (name, input)
    }

    private static func changes(
        _ request: HTTPRequest
    ) throws -> (id: CustomerID, input: CustomerInput) {
        let id = try request.id("id", of: Kind.Customer.self)
        let body = try request.json()
        let fields = FieldReader(body)
        let input = CustomerInput(fields, body: body)
        guard fields.errors.isEmpty else { throw fields.invalid }
        return (id, input)
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .customersRead)
        let id = try request.id("id", of: Kind.Customer.self)
        let customer = try await route.read { tx in
            try CustomerStore.find(id, of: scope.organizationID, in: tx)
        }
        guard let customer else { throw Problem.notFound }
        return .json(200, CustomerJSON.bytes(customer))
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .customersRead)
        let page = try Page<Kind.Customer>(request)
        var query = QueryReader(request)
        let filter = CustomerFilter(
            organizationID: scope.organizationID, externalID: request.queryValue("external_id"),
            search: query.search("q"), isArchived: query.flag("archived") ?? false, cursor: page.cursor,
            limit: page.limit + 1)
        try query.finish()
        let counts = request.queryValue("count") == "true"
        let (customers, count) = try await route.read { tx in
            (
                try CustomerStore.list(filter, in: tx), counts ? try CustomerStore.count(filter, in: tx) : nil
            )
        }
        let response = page.answer(customers, to: request, id: \.id, body: CustomerJSON.bytes)
        return count.map { InvoiceListRoutes.counted(response, $0) } ?? response
    }
}
