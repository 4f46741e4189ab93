import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import ServiceKit

/// The routes of invoices; those that move money belong to the payment service.
struct InvoiceRoutes: Sendable {
    let route: TenantRoute
    let links: PayLinks

    func add(to router: inout Router) {
        router.post("/v1/invoices", handler: create)
        router.post("/v1/invoices/preview", handler: preview)
        router.get("/v1/invoices/{id}", handler: fetch)
        router.put("/v1/invoices/{id}", handler: update)
        router.delete("/v1/invoices/{id}", handler: delete)
        router.post("/v1/invoices/{id}/duplicate", handler: duplicate)
        router.post("/v1/invoices/{id}/finalize", handler: finalize)
        router.post("/v1/invoices/{id}/send", handler: send)
        router.post("/v1/invoices/{id}/send_email", handler: send)
        router.post("/v1/invoices/{id}/void", handler: void)
        router.post("/v1/invoices/{id}/mark_uncollectible", handler: giveUp)
    }

    @Sendable private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await namingExisting(request) {
            try await route.change(request, .invoicesWrite, reading: Self.newInvoice) { scope, new, tx in
                let draft = CreateInvoice(
                    organizationID: scope.organizationID, input: new.input, now: scope.now, cause: scope.cause
                )
                guard let recurring = new.recurring else {
                    return Self.created(try draft.run(in: tx), at: scope.now)
                }
                let (change, series) = try MarkRecurring(
                    organizationID: scope.organizationID, input: recurring, now: scope.now, cause: scope.cause
                ).run(creating: draft, in: tx)
                return Self.created(change, series.events, at: scope.now)
            }
        }
    }

    @Sendable private func preview(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.preview(request, .invoicesWrite, reading: Self.newInvoice) { scope, new, tx in
            let change = try CreateInvoice(
                organizationID: scope.organizationID, input: new.input, now: scope.now, cause: scope.cause
            ).preview(in: tx)
            return .json(200, InvoiceJSON.preview(change.invoice, lines: change.lines, at: scope.now))
        }
    }

    @Sendable private func duplicate(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.copy) { scope, given, tx in
            let change = try DuplicateInvoice(
                id: given.id, organizationID: scope.organizationID, dueDate: given.dueDate, now: scope.now,
                cause: scope.cause
            ).run(in: tx)
            return Self.created(change, at: scope.now)
        }
    }

    @Sendable private func update(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await namingExisting(request) {
            try await route.change(request, .invoicesWrite, reading: Self.changes) { scope, given, tx in
                let change = try UpdateInvoice(
                    id: given.id, organizationID: scope.organizationID, input: given.input, now: scope.now,
                    cause: scope.cause
                ).run(in: tx)
                return TenantRoute.Answer(
                    response: Self.response(200, change, at: scope.now), events: change.events)
            }
        }
    }

    @Sendable private func delete(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.id) { scope, id, tx in
            let change = try DeleteInvoice(
                id: id, organizationID: scope.organizationID, now: scope.now, cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(response: .empty(), events: change.events)
        }
    }

    @Sendable private func finalize(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.id) { scope, id, tx in
            let change = try FinalizeInvoice(
                id: id, organizationID: scope.organizationID, now: scope.now, cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(
                response: Self.response(200, change, at: scope.now), events: change.events)
        }
    }

    @Sendable private func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        let links = links
        return try await route.change(request, .invoicesWrite, reading: Self.dispatch) { scope, given, tx in
            let change = try SendInvoice(
                id: given.id, organizationID: scope.organizationID, finalizesDraft: given.finalizesDraft,
                links: links, now: scope.now, cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(
                response: Self.response(200, change, at: scope.now), events: change.events)
        }
    }

    @Sendable private func void(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await change(request, .void)
    }

    @Sendable private func giveUp(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await change(request, .giveUp)
    }

    private func change(_ request: HTTPRequest, _ action: InvoiceAction) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.id) { scope, id, tx in
            let change = try ChangeIssuedInvoice(
                id: id, organizationID: scope.organizationID, action: action, now: scope.now,
                cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(
                response: Self.response(200, change, at: scope.now), events: change.events)
        }
    }

    private static func id(_ request: HTTPRequest) throws -> InvoiceID {
        try request.id("id", of: Kind.Invoice.self)
    }

    private static func newInvoice(
        _ request: HTTPRequest
    ) throws -> (input: InvoiceInput, recurring: RecurringInput?) {
        let body = try request.json()
        let fields = FieldReader(body)
        let input = InvoiceInput(fields, body: body)
        _ = fields.require("customer_id", input.customerID)
        // Where a customer is named, their terms may say when it is due.
        if input.customerID == nil { _ = fields.require("due_date", input.dueDate) }
        let recurring = fields.object("recurring").map { series in
            let input = RecurringInput(series, body["recurring"], path: "recurring.")
            _ = series.require("unit", input.unit)
            return input
        }
        guard fields.errors.isEmpty else { throw fields.invalid }
        return (input, recurring)
    }

    private static func changes(_ request: HTTPRequest) throws -> (id: InvoiceID, input: InvoiceInput) {
        let id = try id(request)
        let body = try request.json()
        let fields = FieldReader(body)
        let input = InvoiceInput(fields, body: body)
        guard fields.errors.isEmpty else { throw fields.invalid }
        return (id, input)
    }

    private static func dispatch(
        _ request: HTTPRequest
    ) throws -> (id: InvoiceID, finalizesDraft: Bool) {
        let id = try id(request)
        let fields = try request.optionalFields()
        let finalizesDraft = fields.bool("finalize") ?? false
        guard fields.errors.isEmpty else { throw fields.invalid }
        return (id, finalizesDraft)
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let readers = try await route.readers(request)
        let id = try Self.id(request)
        let found = try await route.read { tx -> InvoiceChange? in
            for reader in readers {
                guard let invoice = try reader.find(id, in: tx) else { continue }
                let whole = InvoiceChange(
                    invoice: invoice, lines: try InvoiceLineStore.lines(of: id, in: tx), events: [])
                return reader.isClient ? whole.forClient : whole
            }
            return nil
        }
        guard let found else { throw Problem.notFound }
        return Self.response(200, found, at: route.context.clock.now())
    }

    private static func copy(
        _ request: HTTPRequest
    ) throws -> (id: InvoiceID, dueDate: InvoiceInput.DueDate?) {
        let id = try id(request)
        let fields = try request.optionalFields()
        let date = InvoiceInput.DueDate.read(fields)
        guard fields.errors.isEmpty else { throw fields.invalid }
        return (id, date)
    }

    /// Tells which invoice has the external id, when that is what a change fails at.
    private func namingExisting(
        _ request: HTTPRequest, _ change: () async throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        do {
            return try await change()
        } catch let error as PostgresError where error.constraint == "invoices_external_ids" {
            let scope = try await route.scope(request, .invoicesWrite)
            let externalID = try request.fields().string("external_id", maximumLength: 200)
            let existing = try await route.read { tx in
                try InvoiceParticulars.invoiceID(of: externalID, of: scope.organizationID, in: tx)
            }
            throw Problem(
                status: 409, code: "external_id_taken", title: "Another invoice has this external_id",
                existingID: existing?.description)
        }
    }

    private static func created(
        _ change: InvoiceChange, _ others: [OutgoingEvent] = [], at now: Instant
    ) -> TenantRoute.Answer {
        let response = response(201, change, at: now).with("Location", "/v1/invoices/\(change.invoice.id)")
        return TenantRoute.Answer(response: response, events: change.events + others)
    }

    private static func response(_ status: Int, _ change: InvoiceChange, at now: Instant) -> HTTPResponse {
        .json(status, InvoiceJSON.bytes(change.invoice, lines: change.lines, at: now))
    }
}
