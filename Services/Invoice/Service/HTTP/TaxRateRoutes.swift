import HTTPServer
import InvoiceDomain
import Primitives
import ServiceKit

/// The routes of tax rates.
struct TaxRateRoutes: Sendable {
    let route: TenantRoute

    func add(to router: inout Router) {
        router.post("/v1/tax_rates", handler: create)
        router.get("/v1/tax_rates", handler: list)
        router.get("/v1/tax_rates/{id}", handler: fetch)
        router.patch("/v1/tax_rates/{id}", handler: update)
        router.delete("/v1/tax_rates/{id}", handler: delete)
    }

    private struct New: Sendable {
        let name: String
        let percentage: Percentage
        let input: TaxRateInput

        init(_ request: HTTPRequest) throws {
            let fields = try request.fields()
            input = TaxRateInput(fields)
            let name = fields.require("name", input.name)
            let percentage = fields.require("percentage", input.percentage)
            guard let name, let percentage, fields.errors.isEmpty else { throw fields.invalid }
            self.name = name
            self.percentage = percentage
        }
    }

    @Sendable private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: New.init) { scope, new, tx in
            let rate = try CreateTaxRate(
                organizationID: scope.organizationID, name: new.name, percentage: new.percentage,
                input: new.input, now: scope.now
            ).run(in: tx)
            let response = HTTPResponse.json(201, TaxRateJSON.bytes(rate))
                .with("Location", "/v1/tax_rates/\(rate.id)")
            return TenantRoute.Answer(response: response, events: [])
        }
    }

    @Sendable private func update(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.changes) { scope, given, tx in
            let rate = try UpdateTaxRate(
                id: given.id, organizationID: scope.organizationID, input: given.input, now: scope.now
            ).run(in: tx)
            return TenantRoute.Answer(response: .json(200, TaxRateJSON.bytes(rate)), events: [])
        }
    }

    private static func id(_ request: HTTPRequest) throws -> TaxRateID {
        try request.id("id", of: Kind.TaxRate.self)
    }

    private static func changes(
        _ request: HTTPRequest
    ) throws -> (id: TaxRateID, input: TaxRateInput) {
        let id = try id(request)
        let fields = try request.fields()
        let input = TaxRateInput(fields)
        guard fields.errors.isEmpty else { throw fields.invalid }
        return (id, input)
    }

    @Sendable private func delete(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.id) { scope, id, tx in
            try DeleteTaxRate(id: id, organizationID: scope.organizationID).run(in: tx)
            return TenantRoute.Answer(response: .empty(), events: [])
        }
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let id = try request.id("id", of: Kind.TaxRate.self)
        let rate = try await route.read { tx in try TaxRateStore.find(id, of: scope.organizationID, in: tx) }
        guard let rate else { throw Problem.notFound }
        return .json(200, TaxRateJSON.bytes(rate))
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let page = try Page<Kind.TaxRate>(request)
        let isActive = try request.activeFilter()
        let rates = try await route.read { tx in
            try TaxRateStore.list(
                of: scope.organizationID, isActive: isActive, before: page.cursor, limit: page.limit + 1,
                in: tx)
        }
        return page.answer(rates, to: request, id: \.id, body: TaxRateJSON.bytes)
    }
}

extension HTTPRequest {
    /// Which of those that can be archived a list shows: with `active`, those alone, or the archived ones alone.
    func activeFilter() throws(Problem) -> Bool? {
        switch queryValue("active") {
        case nil: return nil
        case "true": return true
        case "false": return false
        default:
            throw .invalid([
                FieldError(field: "active", code: "malformed", message: "This must be true or false.")
            ])
        }
    }
}

/// Writes tax rates as the interface shows them.
enum TaxRateJSON {
    static func bytes(_ rate: StoredTaxRate) -> [UInt8] {
        var writer = JSONWriter()
        write(rate, into: &writer)
        return writer.bytes
    }

    static func bytes(_ rates: [StoredTaxRate]) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 * rates.count)
        writer.beginArray()
        for rate in rates { write(rate, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private static func write(_ rate: StoredTaxRate, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", rate.id)
        writer.member("name", rate.name)
        writer.key("percentage")
        writer.number(text: rate.percentage.percent.text)
        writer.member("inclusive", rate.isInclusive)
        writer.member("country", rate.country)
        writer.member("jurisdiction", rate.jurisdiction)
        writer.member("active", rate.isActive)
        writer.member("used", rate.isUsed)
        writer.member("created_at", rate.createdAt)
        writer.member("updated_at", rate.updatedAt)
        writer.endObject()
    }
}
