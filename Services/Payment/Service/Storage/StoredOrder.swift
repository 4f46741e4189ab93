import EventContracts
import PaymentDomain
import Postgres
import Primitives

/// A standing order as it is stored.
struct StoredOrder: Sendable {
    let id: StandingOrderID
    let organizationID: OrganizationID
    let accountID: AccountID
    /// As the sender knows the payer; whose credit it is what nobody needs.
    let customerID: CustomerID
    var paymentMethodID: PaymentMethodID
    /// What each of its days pays.
    var amount: Money
    var series: RecurringSeries
    /// Of the last public event.
    var sequence: Int64
    let consentedFrom: String
    /// Whether the payer's other cards may stand in.
    var allowsFallback: Bool
    let createdAt: Instant
    var updatedAt: Instant

    /// The columns in the order in which `init(_:)` reads them.
    static let columns = """
        standing_order_id, organization_id, account_id, payment_method_id, currency, amount, status, start_date, zone,
        every, unit, anchor_day, until_date, max_count, next_position, skipped, generation, sequence, consented_at,
        consented_from, created_at, updated_at, customer_id, allows_fallback
        """

    init(_ row: Row) throws {
        id = try row[0]
        organizationID = try row[1]
        accountID = try row[2]
        paymentMethodID = try row[3]
        amount = Money(minorUnits: try row[5], currency: try row[4])
        series = RecurringSeries(
            state: try row[6], rule: try Self.rule(row), position: try row[14],
            skipped: Set(try row.get(15, as: [CivilDate].self)), generation: try row[16])
        sequence = try row[17]
        consentedFrom = try row[19]
        createdAt = try row[20]
        updatedAt = try row[21]
        customerID = try row[22]
        allowsFallback = try row[23]
    }

    private static func rule(_ row: Row) throws -> RecurrenceRule {
        let unit: RecurrenceUnit = try row[10]
        let anchorDay = unit.hasAnchorDay ? try row.get(11, as: Int?.self) : nil
        return try RecurrenceRule(
            start: try row[7], time: .chargeTime, zone: Zone(try row.get(8, as: String.self)) ?? .utc,
            every: try row[9], unit: unit, anchorDay: anchorDay, until: try row[12], count: try row[13])
    }

    /// A new order, not stored yet.
    init(
        organizationID: OrganizationID, accountID: AccountID, customerID: CustomerID,
        paymentMethodID: PaymentMethodID, amount: Money,
        rule: RecurrenceRule, consentedFrom: String, allowsFallback: Bool, at now: Instant
    ) {
        id = .new(at: now)
        self.organizationID = organizationID
        self.accountID = accountID
        self.customerID = customerID
        self.paymentMethodID = paymentMethodID
        self.amount = amount
        series = RecurringSeries(rule: rule)
        sequence = 0
        self.consentedFrom = consentedFrom
        self.allowsFallback = allowsFallback
        createdAt = now
        updatedAt = now
    }

    /// The values of the columns.
    var values: [any PostgresEncodable] {
        let rule = series.rule
        return [
            id, organizationID, accountID, paymentMethodID, amount.currency.code, amount.minorUnits,
            series.state, rule.start, rule.zone.name, rule.every, rule.unit, rule.anchorDay, rule.until,
            rule.count, series.position, series.skipped.sorted(), series.generation, sequence, createdAt,
            consentedFrom, createdAt, updatedAt, customerID, allowsFallback,
        ]
    }
}
