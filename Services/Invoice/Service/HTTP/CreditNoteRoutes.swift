import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import ServiceKit

/// The routes of credit notes.
struct CreditNoteRoutes: Sendable {
    let route: TenantRoute
    let links: PayLinks

    func add(to router: inout Router) {
        router.post("/v1/invoices/{id}/credit_notes", handler: issue)
        router.get("/v1/invoices/{id}/credit_notes", handler: listOfInvoice)
        router.get("/v1/credit_notes", handler: list)
        router.get("/v1/credit_notes/{id}", handler: fetch)
        router.post("/v1/credit_notes/{id}/void", handler: void)
        router.post("/v1/credit_notes/{id}/send", handler: send)
    }

    @Sendable private func issue(_ request: HTTPRequest) async throws -> HTTPResponse {
        let links = links
        return try await route.change(request, .invoicesWrite, reading: Self.wish) { scope, wish, tx in
            var change = try IssueCreditNote(
                invoiceID: wish.invoiceID, organizationID: scope.organizationID, input: wish.input,
                mayReturnMoney: scope.principal.may(.paymentsWrite), now: scope.now, cause: scope.cause
            ).run(in: tx)
            if wish.input.sends {
                let sent = try Self.send(change.note.id, scope, links, in: tx)
                change = CreditNoteChange(
                    note: sent.note, invoice: sent.invoice, lines: sent.lines,
                    events: change.events + sent.events)
            }
            let response = HTTPResponse.json(201, CreditNoteJSON.bytes(change.note))
                .with("Location", "/v1/credit_notes/\(change.note.id)")
            return TenantRoute.Answer(response: response, events: change.events)
        }
    }

    @Sendable private func void(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.id) { scope, id, tx in
            let change = try VoidCreditNote(
                id: id, organizationID: scope.organizationID, now: scope.now, cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(
                response: .json(200, CreditNoteJSON.bytes(change.note)), events: change.events)
        }
    }

    @Sendable private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let links = links
        return try await route.change(request, .invoicesWrite, reading: Self.id) { scope, id, tx in
            let change = try Self.send(id, scope, links, in: tx)
            return TenantRoute.Answer(
                response: .json(200, CreditNoteJSON.bytes(change.note)), events: change.events)
        }
    }

    private static func send(
        _ id: CreditNoteID, _ scope: TenantRoute.Scope, _ links: PayLinks, in tx: borrowing Transaction
    ) throws -> CreditNoteChange {
        try SendCreditNote(
            id: id, organizationID: scope.organizationID, links: links, now: scope.now, cause: scope.cause
        ).run(in: tx)
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let id = try Self.id(request)
        let note = try await route.read { tx in
            try CreditNoteStore.find(id, of: scope.organizationID, in: tx)
        }
        guard let note else { throw Problem.notFound }
        return .json(200, CreditNoteJSON.bytes(note))
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let invoiceID = try Self.named("invoice_id", of: Kind.Invoice.self, request)
        let customerID = try Self.named("customer_id", of: Kind.Customer.self, request)
        return try await page(request, scope, invoiceID: invoiceID, customerID: customerID)
    }

    @Sendable private func listOfInvoice(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let id = try request.id("id", of: Kind.Invoice.self)
        let isKnown = try await route.read { tx in
            try InvoiceStore.find(id, of: scope.organizationID, in: tx) != nil
        }
        guard isKnown else { throw Problem.notFound }
        return try await page(request, scope, invoiceID: id, customerID: nil)
    }

    private func page(
        _ request: HTTPRequest, _ scope: TenantRoute.Scope, invoiceID: InvoiceID?, customerID: CustomerID?
    ) async throws -> HTTPResponse {
        let page = try Page<Kind.CreditNote>(request)
        let filter = CreditNoteStore.Filter(
            organizationID: scope.organizationID, invoiceID: invoiceID, customerID: customerID,
            cursor: page.cursor, limit: page.limit + 1)
        let notes = try await route.read { tx in try CreditNoteStore.list(filter, in: tx) }
        return page.answer(notes, to: request, id: \.id, body: CreditNoteJSON.bytes)
    }

    private static func id(_ request: HTTPRequest) throws -> CreditNoteID {
        try request.id("id", of: Kind.CreditNote.self)
    }

    private static func wish(
        _ request: HTTPRequest
    ) throws -> (invoiceID: InvoiceID, input: CreditNoteInput) {
        let id = try request.id("id", of: Kind.Invoice.self)
        return (id, try CreditNoteInput(try request.fields()))
    }

    private static func named<Entity>(
        _ name: String, of type: Entity.Type, _ request: HTTPRequest
    ) throws(Problem) -> ID<Entity>? {
        guard let text = request.queryValue(name) else { return nil }
        guard let id = ID<Entity>(text) else {
            throw .invalid([
                FieldError(
                    field: name, code: "malformed",
                    message: "This must be an id that starts with \(Entity.idPrefix)_.")
            ])
        }
        return id
    }
}
