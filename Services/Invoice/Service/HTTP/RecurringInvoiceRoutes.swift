import HTTPServer
import InvoiceDomain
import Postgres
import Primitives
import ServiceKit

/// The routes of series of invoices.
struct RecurringInvoiceRoutes: Sendable {
    let route: TenantRoute

    func add(to router: inout Router) {
        router.post("/v1/recurring_invoices", handler: create)
        router.post("/v1/recurring_invoices/preview", handler: preview)
        router.get("/v1/recurring_invoices", handler: list)
        router.get("/v1/recurring_invoices/{id}", handler: fetch)
        router.get("/v1/recurring_invoices/{id}/upcoming", handler: upcoming)
        router.patch("/v1/recurring_invoices/{id}", handler: update)
        router.post("/v1/recurring_invoices/{id}/pause", handler: pause)
        router.post("/v1/recurring_invoices/{id}/resume", handler: resume)
        router.post("/v1/recurring_invoices/{id}/skip", handler: skip)
        router.post("/v1/recurring_invoices/{id}/cancel", handler: cancel)
        router.post("/v1/invoices/{id}/make_recurring", handler: makeRecurring)
    }

    private struct New: Sendable {
        let input: RecurringInput
        let content: RecurringContent

        init(_ request: HTTPRequest) throws {
            let body = try request.json()
            let fields = FieldReader(body)
            input = RecurringInput(fields, body)
            _ = fields.require("unit", input.unit)
            _ = fields.require("due_after_days", input.dueAfterDays)
            let given = fields.require("invoice", Content(fields, body))
            guard let content = given?.content, fields.errors.isEmpty else { throw fields.invalid }
            self.content = content
        }
    }

    private struct Changes: Sendable {
        let id: RecurringInvoiceID
        let input: RecurringInput
        let content: RecurringContent?

        init(_ request: HTTPRequest) throws {
            id = try RecurringInvoiceRoutes.id(request)
            let body = try request.json()
            let fields = FieldReader(body)
            input = RecurringInput(fields, body)
            content = Content(fields, body)?.content
            guard fields.errors.isEmpty else { throw fields.invalid }
        }
    }

    /// The member `invoice` of a body, where it is an object.
    private struct Content {
        let content: RecurringContent?

        init?(_ fields: FieldReader, _ body: JSONNode) {
            guard let invoice = fields.object("invoice"), let node = body["invoice"] else { return nil }
            content = RecurringContent(invoice, node)
        }
    }

    @Sendable private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: New.init) { scope, new, tx in
            let change = try CreateRecurring(
                organizationID: scope.organizationID, input: new.input, content: new.content, now: scope.now,
                cause: scope.cause
            ).run(in: tx)
            return try Self.created(change, in: tx)
        }
    }

    @Sendable private func preview(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.preview(request, .invoicesWrite, reading: New.init) { scope, new, tx in
            let (recurring, first) = try CreateRecurring(
                organizationID: scope.organizationID, input: new.input, content: new.content, now: scope.now,
                cause: scope.cause
            ).plan(in: tx)
            return .json(200, RecurringJSON.preview(recurring, first))
        }
    }

    @Sendable private func makeRecurring(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.marking) { scope, given, tx in
            let change = try MarkRecurring(
                organizationID: scope.organizationID, input: given.input, now: scope.now, cause: scope.cause
            ).run(given.id, in: tx)
            return try Self.created(change, in: tx)
        }
    }

    @Sendable private func update(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Changes.init) { scope, given, tx in
            let change = try UpdateRecurring(
                id: given.id, organizationID: scope.organizationID, input: given.input,
                content: given.content, now: scope.now, cause: scope.cause
            ).run(in: tx)
            return try Self.answer(200, change, in: tx)
        }
    }

    @Sendable private func pause(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await change(request) { _ in .pause }
    }

    @Sendable private func resume(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await change(request) { fields in .resume(fields.choice("missed", MissedDays.self)) }
    }

    @Sendable private func skip(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await change(request) { fields in
            .skip(fields.parsed("date", "a date such as 2026-03-31") { CivilDate($0) })
        }
    }

    @Sendable private func cancel(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await change(request) { _ in .cancel }
    }

    private func change(
        _ request: HTTPRequest, _ read: (FieldReader) -> ChangeRecurring.Action
    ) async throws -> HTTPResponse {
        let reading = { (request: HTTPRequest) throws -> (RecurringInvoiceID, ChangeRecurring.Action) in
            let id = try Self.id(request)
            let fields = try request.optionalFields()
            let action = read(fields)
            guard fields.errors.isEmpty else { throw fields.invalid }
            return (id, action)
        }
        return try await route.change(request, .invoicesWrite, reading: reading) { scope, given, tx in
            let change = try ChangeRecurring(
                id: given.0, organizationID: scope.organizationID, action: given.1, now: scope.now,
                cause: scope.cause
            ).run(in: tx)
            return try Self.answer(200, change, in: tx)
        }
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let recurring = try await found(request)
        let paid = try await route.read { tx in try MandateProjection.paid([recurring.id], in: tx) }
        return .json(200, RecurringJSON.bytes(recurring, paid: paid))
    }

    @Sendable private func upcoming(_ request: HTTPRequest) async throws -> HTTPResponse {
        .json(200, RecurringJSON.upcoming(try await found(request)))
    }

    private func found(_ request: HTTPRequest) async throws -> RecurringInvoice {
        let scope = try await route.scope(request, .invoicesRead)
        let id = try Self.id(request)
        let recurring = try await route.read { tx in
            try RecurringStore.find(id, of: scope.organizationID, in: tx)
        }
        guard let recurring else { throw Problem.notFound }
        return recurring
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let page = try Page<Kind.RecurringInvoice>(request)
        var filter = RecurringStore.Filter(organizationID: scope.organizationID, limit: page.limit + 1)
        filter.cursor = page.cursor
        filter.customerID = request.queryValue("customer_id").flatMap { CustomerID($0) }
        filter.state = request.queryValue("status").flatMap { SeriesState(rawValue: $0) }
        for (name, isRead) in [("customer_id", filter.customerID != nil), ("status", filter.state != nil)]
        where request.queryValue(name) != nil && !isRead {
            throw InvalidFields(field: name, code: "malformed", message: "This is no \(name).")
        }
        let asked = filter
        let (series, paid) = try await route.read { tx in
            let series = try RecurringStore.list(asked, in: tx)
            return (series, try MandateProjection.paid(series.map(\.id), in: tx))
        }
        return page.answer(series, to: request, id: \.id) { RecurringJSON.bytes($0, paid: paid) }
    }

    private static func id(_ request: HTTPRequest) throws -> RecurringInvoiceID {
        try request.id("id", of: Kind.RecurringInvoice.self)
    }

    private static func marking(
        _ request: HTTPRequest
    ) throws -> (id: InvoiceID, input: RecurringInput) {
        let id = try request.id("id", of: Kind.Invoice.self)
        let body = try request.json()
        let fields = FieldReader(body)
        let input = RecurringInput(fields, body)
        _ = fields.require("unit", input.unit)
        guard fields.errors.isEmpty else { throw fields.invalid }
        return (id, input)
    }

    private static func created(
        _ change: RecurringChange, in tx: borrowing Transaction
    ) throws -> TenantRoute.Answer {
        let made = try answer(201, change, in: tx)
        let response = made.response.with("Location", "/v1/recurring_invoices/\(change.recurring.id)")
        return TenantRoute.Answer(response: response, events: made.events)
    }

    private static func answer(
        _ status: Int, _ change: RecurringChange, in tx: borrowing Transaction
    ) throws -> TenantRoute.Answer {
        let paid = try MandateProjection.paid([change.recurring.id], in: tx)
        return TenantRoute.Answer(
            response: .json(status, RecurringJSON.bytes(change.recurring, paid: paid)),
            events: change.events)
    }
}
