import HTTPServer
import InvoiceDomain
import Primitives
import ServiceKit

/// The routes of invoices; those that move money belong to the payment service.
struct InvoiceRoutes: Sendable {
    let route: TenantRoute
    let links: PayLinks

    func add(to router: inout Router) {
        router.post("/v1/invoices", handler: create)
        router.get("/v1/invoices/{id}", handler: fetch)
        router.put("/v1/invoices/{id}", handler: update)
        router.delete("/v1/invoices/{id}", handler: delete)
        router.post("/v1/invoices/{id}/finalize", handler: finalize)
        router.post("/v1/invoices/{id}/send", handler: send)
        router.post("/v1/invoices/{id}/send_email", handler: send)
        router.post("/v1/invoices/{id}/void", handler: void)
        router.post("/v1/invoices/{id}/mark_uncollectible", handler: giveUp)
    }

    @Sendable private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = try request.fields()
        let input = InvoiceInput(fields)
        _ = fields.require("customer_id", input.customerID)
        _ = fields.require("due_date", input.dueDate)
        guard fields.errors.isEmpty else { throw fields.invalid }
        return try await route.change(request, .invoicesWrite) { scope, tx in
            let change = try CreateInvoice(
                organizationID: scope.organizationID, input: input, now: scope.now, cause: scope.cause
            ).run(in: tx)
            let response = Self.response(201, change).with("Location", "/v1/invoices/\(change.invoice.id)")
            return TenantRoute.Answer(response: response, events: change.events)
        }
    }

    @Sendable private func update(_ request: HTTPRequest) async throws -> HTTPResponse {
        let id = try request.id("id", of: Kind.Invoice.self)
        let fields = try request.fields()
        let input = InvoiceInput(fields)
        guard fields.errors.isEmpty else { throw fields.invalid }
        return try await route.change(request, .invoicesWrite) { scope, tx in
            let change = try UpdateInvoice(
                id: id, organizationID: scope.organizationID, input: input, now: scope.now, cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(response: Self.response(200, change), events: change.events)
        }
    }

    @Sendable private func delete(_ request: HTTPRequest) async throws -> HTTPResponse {
        let id = try request.id("id", of: Kind.Invoice.self)
        return try await route.change(request, .invoicesWrite) { scope, tx in
            let change = try DeleteInvoice(
                id: id, organizationID: scope.organizationID, now: scope.now, cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(response: .empty(), events: change.events)
        }
    }

    @Sendable private func finalize(_ request: HTTPRequest) async throws -> HTTPResponse {
        let id = try request.id("id", of: Kind.Invoice.self)
        return try await route.change(request, .invoicesWrite) { scope, tx in
            let change = try FinalizeInvoice(
                id: id, organizationID: scope.organizationID, now: scope.now, cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(response: Self.response(200, change), events: change.events)
        }
    }

    @Sendable private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let id = try request.id("id", of: Kind.Invoice.self)
        let fields = try request.optionalFields()
        let finalizesDraft = fields.bool("finalize") ?? false
        guard fields.errors.isEmpty else { throw fields.invalid }
        let links = links
        return try await route.change(request, .invoicesWrite) { scope, tx in
            let change = try SendInvoice(
                id: id, organizationID: scope.organizationID, finalizesDraft: finalizesDraft, links: links,
                now: scope.now, cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(response: Self.response(200, change), events: change.events)
        }
    }

    @Sendable private func void(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await change(request, .void)
    }

    @Sendable private func giveUp(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await change(request, .giveUp)
    }

    private func change(_ request: HTTPRequest, _ action: InvoiceAction) async throws -> HTTPResponse {
        let id = try request.id("id", of: Kind.Invoice.self)
        return try await route.change(request, .invoicesWrite) { scope, tx in
            let change = try ChangeIssuedInvoice(
                id: id, organizationID: scope.organizationID, action: action, now: scope.now,
                cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(response: Self.response(200, change), events: change.events)
        }
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let id = try request.id("id", of: Kind.Invoice.self)
        let readers = try await route.readers(request)
        let found = try await route.read { tx -> InvoiceChange? in
            for reader in readers {
                let invoice =
                    switch reader {
                    case .organization(let organizationID):
                        try InvoiceStore.find(id, of: organizationID, in: tx)
                    case .account(let accountID): try InvoiceStore.find(id, billedTo: accountID, in: tx)
                    }
                if let invoice {
                    return InvoiceChange(
                        invoice: invoice, lines: try InvoiceLineStore.lines(of: id, in: tx), events: [])
                }
            }
            return nil
        }
        guard let found else { throw Problem.notFound }
        return Self.response(200, found)
    }

    private static func response(_ status: Int, _ change: InvoiceChange) -> HTTPResponse {
        .json(status, InvoiceJSON.bytes(change.invoice, lines: change.lines))
    }
}
