import EventContracts
import InvoiceDomain
import Postgres
import Primitives

/// A customer's subscription, with what it consists of.
struct Subscription: Sendable {
    /// One price of it.
    struct Item: Sendable {
        let price: Price
        /// What the plan is called.
        let planName: String
        /// Nil where usage says it.
        let quantity: Quantity?
    }

    /// What becomes of its invoices by itself.
    enum Invoicing: String, Sendable, CaseIterable, PostgresCodable {
        /// They stay drafts.
        case draft
        /// They are issued.
        case finalize
        /// They are issued and sent.
        case send
    }

    let id: SubscriptionID
    let organizationID: OrganizationID
    let customerID: CustomerID
    let currency: Currency
    let zone: Zone
    var life: SubscriptionLife
    let interval: BillingInterval
    /// One of the moments at which paid periods meet.
    var anchor: Instant
    var periodKind: PeriodKind
    var periodStart: Instant
    /// Nil while no period is to follow.
    var periodEnd: Instant?
    let trialEndsAt: Instant?
    var endedAt: Instant?
    var invoicing: Invoicing
    var dueDays: Int
    var latestInvoiceID: InvoiceID?
    var metadata: JSONB?
    /// Of the timer that goes off at the end of the period.
    var generation: Int64
    /// Of the last public event.
    var sequence: Int64
    let createdAt: Instant
    var updatedAt: Instant
    /// Whether one of its invoices was due before today and is still open; as of when it was read.
    var isPastDue = false
    /// In the order in which they were given.
    var items: [Item] = []

    /// The columns in the order in which `init(_:)` reads them; `$1` is the present moment.
    static let columns = """
        \(storedColumns), EXISTS (SELECT FROM invoices i WHERE i.subscription_id = subscriptions.id \
        AND i.state = 'finalized' AND i.due_date < ($1::timestamptz AT TIME ZONE subscriptions.zone)::date)
        """
    static let storedColumns = """
        id, organization_id, customer_id, currency, zone, state, ends_with_period, interval_unit, interval_count, \
        anchor, period_kind, period_start, period_end, trial_ends_at, ended_at, invoicing, due_days, \
        latest_invoice_id, metadata, generation, sequence, created_at, updated_at
        """

    init(_ row: Row) throws(PostgresError) {
        id = try row[0]
        organizationID = try row[1]
        customerID = try row[2]
        currency = try row[3]
        zone = try Invoice.zone(try row[4])
        life = SubscriptionLife(state: try row[5], endsWithPeriod: try row[6])
        guard let interval = BillingInterval(try row[8], try row[7]) else {
            throw PostgresError(code: .decoding, message: "the interval of a subscription is not readable")
        }
        self.interval = interval
        anchor = try row[9]
        periodKind = try row[10]
        periodStart = try row[11]
        periodEnd = try row[12]
        trialEndsAt = try row[13]
        endedAt = try row[14]
        invoicing = try row[15]
        dueDays = try row[16]
        latestInvoiceID = try row[17]
        metadata = try row[18]
        generation = try row[19]
        sequence = try row[20]
        createdAt = try row[21]
        updatedAt = try row[22]
        isPastDue = try row[23]
    }

    /// A new subscription that begins now or later, not stored yet.
    init(
        id: SubscriptionID, organization: Organization, customerID: CustomerID, currency: Currency,
        interval: BillingInterval, trialEndsAt: Instant?, anchor: Instant, at now: Instant
    ) {
        self.id = id
        organizationID = organization.id
        self.customerID = customerID
        self.currency = currency
        zone = organization.zone
        life = SubscriptionLife(state: .trialing)
        self.interval = interval
        self.anchor = anchor
        periodKind = .trial
        periodStart = now
        self.trialEndsAt = trialEndsAt
        invoicing = .finalize
        dueDays = 0
        generation = 1
        sequence = 1
        createdAt = now
        updatedAt = now
    }

    /// The moments at which its paid periods meet.
    var cycle: BillingCycle { BillingCycle(anchor: anchor, interval: interval, zone: zone) }

    /// The timer of its periods.
    var scheduleID: ScheduleID { ScheduleID(id.raw) }

    var status: SubscriptionStatus {
        switch life.state {
        case .trialing: .trialing
        case .active: isPastDue ? .pastDue : .active
        case .paused: .paused
        case .cancelled: .cancelled
        }
    }

    /// Lets a period begin; what is before it ends there.
    mutating func enter(_ kind: PeriodKind, at start: Instant) {
        periodKind = kind
        periodStart = start
        switch kind {
        case .trial: periodEnd = trialEndsAt
        case .paid: periodEnd = cycle.period(at: start).end
        case .rest: periodEnd = nil
        case .end:
            periodEnd = nil
            endedAt = start
        }
    }

    func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: currency) }
}

extension SubscriptionState: PostgresCodable {}
extension PeriodKind: PostgresCodable {}
