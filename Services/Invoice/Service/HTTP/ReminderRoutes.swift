import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// The routes of reminders: when they are sent, of which invoices, and one at once.
struct ReminderRoutes: Sendable {
    let route: TenantRoute
    let links: PayLinks

    func add(to router: inout Router) {
        router.get("/v1/reminder_rules", handler: show)
        router.put("/v1/reminder_rules", handler: choose)
        router.post("/v1/invoices/{id}/remind", handler: remind)
        router.put("/v1/invoices/{id}/reminders", handler: exempt)
    }

    @Sendable private func show(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .organizationRead)
        return try await route.read { tx in
            Self.response(try ReminderRuleStore.find(scope.organizationID, in: tx))
        }
    }

    @Sendable private func choose(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .organizationWrite, reading: Self.setting) { scope, setting, tx in
            let organization = try CreateInvoice.organization(scope.organizationID, in: tx)
            let events = try SetReminderRules(
                organization: organization, setting: setting, now: scope.now, cause: scope.cause
            ).run(in: tx)
            return TenantRoute.Answer(response: Self.response(setting), events: events)
        }
    }

    @Sendable private func remind(_ request: HTTPRequest) async throws -> HTTPResponse {
        let links = links
        return try await route.change(request, .invoicesWrite, reading: Self.id) { scope, id, tx in
            let change = try RemindOfInvoices(
                organization: try CreateInvoice.organization(scope.organizationID, in: tx), links: links,
                now: scope.now, cause: scope.cause
            ).run(id, in: tx)
            return Self.answer(change, at: scope.now)
        }
    }

    @Sendable private func exempt(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.exemption) { scope, given, tx in
            let change = try ExemptFromReminders(
                id: given.id, organizationID: scope.organizationID, isReminded: given.isReminded,
                now: scope.now, cause: scope.cause
            ).run(in: tx)
            return Self.answer(change, at: scope.now)
        }
    }

    private static func answer(_ change: InvoiceChange, at now: Instant) -> TenantRoute.Answer {
        TenantRoute.Answer(
            response: .json(200, InvoiceJSON.bytes(change.invoice, lines: change.lines, at: now)),
            events: change.events)
    }

    private static func id(_ request: HTTPRequest) throws -> InvoiceID {
        try request.id("id", of: Kind.Invoice.self)
    }

    private static func exemption(_ request: HTTPRequest) throws -> (id: InvoiceID, isReminded: Bool) {
        let id = try id(request)
        let fields = try request.fields()
        guard let isReminded = fields.require("enabled", fields.bool("enabled")), fields.errors.isEmpty else {
            throw fields.invalid
        }
        return (id, isReminded)
    }

    private static func setting(_ request: HTTPRequest) throws -> ReminderRuleStore.Setting {
        let fields = try request.fields()
        let days = fields.require(
            "days",
            fields.integers(
                "days", count: 0...ReminderRules.countMaximum, in: ReminderRules.daysRange))
        let isEnabled = fields.bool("enabled") ?? true
        let time = fields.parsed("time", "a time of the day such as 09:00") { CivilTime($0) }
        guard let days, fields.errors.isEmpty else { throw fields.invalid }
        return ReminderRuleStore.Setting(
            rules: ReminderRules(isEnabled: isEnabled, days: days.map { Int($0) }), time: time ?? .chargeTime)
    }

    private static func response(_ setting: ReminderRuleStore.Setting) -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("enabled", setting.rules.isEnabled)
        writer.key("days")
        writer.beginArray()
        for days in setting.rules.days { writer.int(Int64(days)) }
        writer.endArray()
        writer.member("time", setting.time.description)
        writer.endObject()
        return .json(200, writer.bytes)
    }
}
