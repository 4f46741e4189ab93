import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// A client's permissions for senders: the automatic payment switch.
struct MandateRoutes {
    let context: ServiceContext
    let mandates: SetMandate
    let desk: PaymentDesk

    func add(to router: inout Router) {
        router.put("/v1/mandates/{organization_id}") { try await put($0) }
        router.get("/v1/mandates") { try await list($0) }
    }

    private func put(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        try principal.requirePerson()
        try principal.require(.billsPay)
        let organization = try request.id("organization_id", of: Kind.Organization.self)
        let fields = try request.fields()
        guard let isEnabled = fields.require("enabled", fields.bool("enabled")) else { throw fields.invalid }
        let wanted = isEnabled ? try self.wanted(fields, organization, principal, request) : nil
        if isEnabled { try await desk.waitForSender(organization, of: principal.accountID) }
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            try await context.pool.transaction { [mandates] tx in
                let result =
                    if let wanted {
                        try mandates.enable(wanted, in: tx)
                    } else {
                        try mandates.revoke(of: principal.accountID, for: organization, in: tx)
                    }
                return try claim.answer(.json(200, MandateRoutes.json(result)), in: tx)
            }
        }
    }

    private func wanted(
        _ fields: FieldReader, _ organization: OrganizationID, _ principal: Principal, _ request: HTTPRequest
    ) throws -> MandateStore.Wanted {
        let card = fields.require(
            "payment_method_id", fields.id("payment_method_id", of: Kind.PaymentMethod.self))
        let days = fields.integer("charge_after_days", in: 0...365) ?? 0
        let currency = fields.currency("currency")
        let range: ClosedRange<Int64> = 1...1_000_000_000_000_000
        var perCharge: Money?
        var perMonth: Money?
        if let currency {
            perCharge = fields.money("cap_per_charge", currency, in: range)
            perMonth = fields.money("cap_per_month", currency, in: range)
        } else if fields.contains("cap_per_charge") || fields.contains("cap_per_month") {
            fields.refuse("currency", "required", "A cap needs a currency.")
        }
        let payWith = fields.choice("pay_with", PayWith.self) ?? .card
        let includesOpen = fields.bool("include_open_invoices") ?? false
        guard let card, fields.errors.isEmpty else { throw fields.invalid }
        return MandateStore.Wanted(
            organizationID: organization, accountID: principal.accountID, status: .active,
            paymentMethodID: card,
            chargeAfterDays: Int(days), currency: currency, capPerChargeMinor: perCharge?.minorUnits,
            capPerMonthMinor: perMonth?.minorUnits,
            coversFrom: includesOpen ? Instant(microseconds: 0) : context.clock.now(),
            consentedFrom: request.context.clientAddress, payWith: payWith)
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        try principal.requirePerson()
        try principal.require(.billsRead)
        let mandates = try await context.pool.transaction { tx in
            try MandateStore.list(of: principal.accountID, in: tx)
        }
        var writer = JSONWriter()
        writer.beginArray()
        for mandate in mandates { writer.raw(Self.json(SetMandate.Result(stored: mandate, underWay: []))) }
        writer.endArray()
        return .json(200, writer.bytes)
    }

    private static func json(_ result: SetMandate.Result) -> [UInt8] {
        let mandate = result.stored.mandate
        func cap(_ minorUnits: Int64?) -> Money? {
            guard let minorUnits, let currency = mandate.currency else { return nil }
            return Money(minorUnits: minorUnits, currency: currency)
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("id", mandate.id)
        writer.member("organization_id", result.stored.organizationID)
        writer.member("enabled", mandate.status == .active)
        writer.member("status", mandate.status.rawValue)
        writer.member("pay_with", mandate.payWith.rawValue)
        writer.member("payment_method_id", result.stored.paymentMethodID)
        writer.member("charge_after_days", mandate.chargeAfterDays)
        writer.member("currency", mandate.currency?.code.lowercased())
        writer.member("cap_per_charge", decimal: cap(mandate.capPerChargeMinor))
        writer.member("cap_per_month", decimal: cap(mandate.capPerMonthMinor))
        writer.member("under_way", strings: result.underWay.map(\.description))
        writer.endObject()
        return writer.bytes
    }
}
