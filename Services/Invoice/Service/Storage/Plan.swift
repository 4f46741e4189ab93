import InvoiceDomain
import Postgres
import Primitives

/// Something that is sold again and again.
struct Plan: Sendable {
    let id: PlanID
    let organizationID: OrganizationID
    var name: String
    var description: String?
    /// Whether new subscriptions can have it.
    var isActive: Bool
    var metadata: JSONB?
    let createdAt: Instant
    var updatedAt: Instant

    static let columns =
        "id, organization_id, name, description, is_active, metadata, created_at, updated_at"

    init(_ row: Row) throws(PostgresError) {
        id = try row[0]
        organizationID = try row[1]
        name = try row[2]
        description = try row[3]
        isActive = try row[4]
        metadata = try row[5]
        createdAt = try row[6]
        updatedAt = try row[7]
    }

    /// A new plan, not stored yet.
    init(id: PlanID, organizationID: OrganizationID, name: String, at now: Instant) {
        self.id = id
        self.organizationID = organizationID
        self.name = name
        isActive = true
        createdAt = now
        updatedAt = now
    }
}

/// What a plan costs, in one currency and for one interval.
struct Price: Sendable {
    /// What is counted of usage, and how.
    struct Metering: Sendable, Hashable {
        let meter: String
        let aggregation: UsageAggregation
    }

    let id: PriceID
    let organizationID: OrganizationID
    let planID: PlanID
    let terms: PriceTerms
    /// Whether a subscription has it: then it can be archived, not removed.
    var isUsed: Bool
    /// Whether new subscriptions can have it.
    var isActive: Bool
    let createdAt: Instant
    var updatedAt: Instant

    static let columns = """
        id, organization_id, plan_id, currency, interval_unit, interval_count, model, unit_price, package_size, \
        tiers, meter, aggregation, trial_days, tax_rate_ids, is_used, is_active, created_at, updated_at
        """

    init(_ row: Row, at first: Int = 0) throws(PostgresError) {
        id = try row[first]
        organizationID = try row[first + 1]
        planID = try row[first + 2]
        guard let interval = BillingInterval(try row[first + 5], try row[first + 4]) else {
            throw PostgresError(code: .decoding, message: "the interval of a price is not readable")
        }
        var metering: Metering?
        if let meter = try row.get(first + 10, as: String?.self),
            let aggregation = try row.get(first + 11, as: UsageAggregation?.self)
        {
            metering = Metering(meter: meter, aggregation: aggregation)
        }
        terms = PriceTerms(
            currency: try row[first + 3], interval: interval, scheme: try PricingScheme(row, at: first + 6),
            metering: metering, trialDays: try row[first + 12], taxRates: try row[first + 13])
        isUsed = try row[first + 14]
        isActive = try row[first + 15]
        createdAt = try row[first + 16]
        updatedAt = try row[first + 17]
    }

    /// A new price, not stored yet.
    init(
        id: PriceID, organizationID: OrganizationID, planID: PlanID, terms: PriceTerms, at now: Instant
    ) {
        self.id = id
        self.organizationID = organizationID
        self.planID = planID
        self.terms = terms
        isUsed = false
        isActive = true
        createdAt = now
        updatedAt = now
    }
}

/// What a price says, which never changes.
struct PriceTerms: Sendable {
    let currency: Currency
    let interval: BillingInterval
    let scheme: PricingScheme
    /// Nil where the subscription says the quantity, which is paid in advance.
    let metering: Price.Metering?
    let trialDays: Int
    let taxRates: [TaxRateID]
}

extension BillingInterval.Unit: PostgresCodable {}
extension UsageAggregation: PostgresCodable {}
