import HTTPServer
import Primitives
import ServiceKit

/// What a client orders.
struct StandingOrderInput: Sendable {
    let organizationID: OrganizationID
    let paymentMethodID: PaymentMethodID
    let amount: Money
    /// Whether the payer's other cards may stand in for this one.
    let allowsFallback: Bool
    private let start: CivilDate?
    private let every: Int
    private let unit: RecurrenceUnit
    private let anchorDay: Int?
    private let until: CivilDate?
    private let count: Int?

    static let amounts: ClosedRange<Int64> = 1...1_000_000_000_000_000

    /// Reads a body; throws `InvalidFields` that name everything that is wrong.
    init(_ fields: FieldReader) throws {
        func date(_ name: String) -> CivilDate? {
            fields.parsed(name, "a date such as 2026-03-31") { CivilDate($0) }
        }
        let organization = fields.require(
            "organization_id", fields.id("organization_id", of: Kind.Organization.self))
        let card = fields.require(
            "payment_method_id", fields.id("payment_method_id", of: Kind.PaymentMethod.self))
        let currency = fields.require("currency", fields.currency("currency"))
        let amount = currency.flatMap {
            fields.require("amount", fields.money("amount", $0, in: Self.amounts))
        }
        let unit = fields.require("unit", fields.choice("unit", RecurrenceUnit.self))
        every = fields.integer("every", in: 1...Int64(RecurrenceRule.intervals.upperBound)).map(Int.init) ?? 1
        anchorDay = fields.integer("anchor_day", in: 1...31).map(Int.init)
        start = date("start_date")
        until = date("end_date")
        allowsFallback = fields.bool("fallback") ?? false
        count = fields.integer("count", in: 1...Int64(RecurrenceRule.counts.upperBound)).map(Int.init)
        if until != nil, count != nil {
            fields.refuse("count", "conflicting", "Name the last day or the number of payments.")
        }
        guard let organization, let card, let amount, let unit, fields.errors.isEmpty else {
            throw fields.invalid
        }
        organizationID = organization
        paymentMethodID = card
        self.amount = amount
        self.unit = unit
    }

    /// On which days it pays.
    func rule(in zone: Zone, from today: CivilDate) throws(InvalidFields) -> RecurrenceRule {
        if let start, start < today {
            throw InvalidFields(
                field: "start_date", code: "out_of_range", message: "This must not be before \(today).")
        }
        do throws(RecurrenceViolation) {
            return try RecurrenceRule(
                start: start ?? today, time: .chargeTime, zone: zone, every: every, unit: unit,
                anchorDay: anchorDay, until: until, count: count)
        } catch {
            throw InvalidFields([error.fieldError("")])
        }
    }
}
