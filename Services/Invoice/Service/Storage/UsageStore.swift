import InvoiceDomain
import Postgres
import Primitives

/// Something that was used.
struct UsageEvent: Sendable {
    let id: String
    let subscriptionID: SubscriptionID
    let meter: String
    let quantity: Quantity
    /// What is counted once by `unique_count`.
    let uniqueKey: String?
    let occurredAt: Instant
}

/// The usage of one meter in some time, by every way of counting.
struct MeteredUsage: Sendable {
    let sum: Quantity
    let max: Quantity
    let last: Quantity
    let uniqueCount: Int64
    /// How many events it is made of.
    let eventCount: Int64

    func quantity(_ aggregation: UsageAggregation) -> Quantity {
        switch aggregation {
        case .sum: sum
        case .max: max
        case .last: last
        case .uniqueCount: Quantity(uniqueCount)
        }
    }
}

/// Keeps what was used and counts it for invoices.
enum UsageStore {
    /// Writes the events that are not there yet.
    ///
    /// - Returns: How many those were.
    static func insert(
        _ events: [UsageEvent], of organizationID: OrganizationID, at now: Instant,
        in tx: borrowing Transaction
    ) throws(PostgresError) -> Int {
        // In one order everywhere, so that two batches with the same ids cannot wait for each other.
        try tx.execute(
            """
            INSERT INTO usage_events (organization_id, id, subscription_id, meter, quantity, unique_key, occurred_at,
                received_at)
            SELECT $1, t.id, t.subscription_id, t.meter, t.quantity, t.unique_key, t.occurred_at, $8
            FROM unnest($2::text[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[])
                AS t (id, subscription_id, meter, quantity, unique_key, occurred_at)
            ORDER BY t.id ON CONFLICT DO NOTHING
            """,
            [
                organizationID, events.map(\.id), events.map(\.subscriptionID), events.map(\.meter),
                events.map(\.quantity.millionths), events.map(\.uniqueKey), events.map(\.occurredAt), now,
            ])
    }

    /// Counts what was used before `end` and is in no invoice yet, and marks it as counted by that at `billedAt`.
    ///
    /// Without `meters`, it is everything.
    static func take(
        of id: SubscriptionID, meters: [String]?, before end: Instant, billedAt: Instant,
        in tx: borrowing Transaction
    ) throws -> [String: MeteredUsage] {
        try usages(
            tx.query(
                """
                WITH counted AS (
                    UPDATE usage_events SET billed_at = $4
                    WHERE subscription_id = $1 AND occurred_at < $2 AND billed_at IS NULL
                        AND ($3::text[] IS NULL OR meter = ANY ($3))
                    RETURNING meter, quantity, unique_key, occurred_at, id)
                SELECT \(totals) FROM counted GROUP BY meter
                """, [id, end, meters, billedAt]))
    }

    /// What the next invoice would count if it were made now.
    static func unbilled(
        of id: SubscriptionID, before end: Instant, in tx: borrowing Transaction
    ) throws -> [String: MeteredUsage] {
        try usages(
            tx.query(
                """
                SELECT \(totals) FROM usage_events
                WHERE subscription_id = $1 AND occurred_at < $2 AND billed_at IS NULL GROUP BY meter
                """, [id, end]))
    }

    /// Sums are held to the largest quantity there is.
    private static let totals = """
        meter, least(sum(quantity), \(Quantity.maximum.millionths)), max(quantity), \
        (array_agg(quantity ORDER BY occurred_at DESC, id DESC))[1], count(DISTINCT coalesce(unique_key, id)), count(*)
        """

    private static func usages(_ rows: Rows) throws -> [String: MeteredUsage] {
        var usages: [String: MeteredUsage] = [:]
        for row in rows {
            usages[try row.get(0)] = MeteredUsage(
                sum: Quantity(millionths: try row[1]), max: Quantity(millionths: try row[2]),
                last: Quantity(millionths: try row[3]), uniqueCount: try row[4], eventCount: try row[5])
        }
        return usages
    }
}
