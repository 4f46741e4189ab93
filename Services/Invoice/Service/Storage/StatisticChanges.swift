import InvoiceDomain
import Postgres
import Primitives

/// By how much a transaction changes the statistics, added up so that it is one row for each organization, currency,
/// day and measure.
struct StatisticChanges {
    private struct Key: Hashable {
        let organizationID: OrganizationID
        let currency: Currency
        let key: StatisticKey
    }

    private var values: [Key: StatisticValue] = [:]

    mutating func add(
        _ changes: [StatisticKey: StatisticValue], _ organizationID: OrganizationID, _ currency: Currency
    ) {
        for (key, value) in changes {
            let key = Key(organizationID: organizationID, currency: currency, key: key)
            values[key] = (values[key] ?? .zero) + value
        }
    }

    /// Appends them; nothing is locked and nobody waits.
    func write(in tx: borrowing Transaction) throws(PostgresError) {
        let rows = values.filter { $0.value != .zero }
        guard !rows.isEmpty else { return }
        let (keys, values) = (Array(rows.keys), Array(rows.values))
        try tx.send(
            """
            INSERT INTO statistic_changes (organization_id, day, currency, measure, count, amount, seconds)
            SELECT * FROM unnest($1::uuid[], $2::date[], $3::text[], $4::text[], $5::bigint[], $6::bigint[],
                $7::bigint[])
            """,
            [
                keys.map(\.organizationID), keys.map(\.key.day), keys.map(\.currency),
                keys.map(\.key.measure.text), values.map(\.count), values.map(\.amount),
                values.map(\.seconds),
            ])
    }

    /// Appends what refunds have taken from what was collected by the methods of their payments.
    static func appendRefunds(_ ids: [RefundID], in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            INSERT INTO statistic_changes (organization_id, day, currency, measure, count, amount, seconds)
            SELECT f.organization_id, (f.succeeded_at AT TIME ZONE i.zone)::date, i.currency,
                'refunded/' || coalesce(r.method, 'other'), count(*), sum(f.amount), 0
            FROM refunds f JOIN invoices i ON i.id = f.invoice_id
                LEFT JOIN receipts r ON r.payment_id = f.payment_id AND r.invoice_id = f.invoice_id
            WHERE f.refund_id = ANY ($1) GROUP BY 1, 2, 3, 4
            """, [ids])
    }

    /// Adds what was appended to the days it belongs to, and gives how many rows that were.
    ///
    /// What another replica is folding at the moment is passed over.
    static func fold(limit: Int, in tx: borrowing Transaction) throws(PostgresError) -> Int {
        try tx.query(
            """
            WITH taken AS (
                DELETE FROM statistic_changes WHERE ctid = ANY (ARRAY (
                    SELECT ctid FROM statistic_changes LIMIT $1 FOR UPDATE SKIP LOCKED))
                RETURNING *
            ), sums AS (
                SELECT organization_id, day, currency, measure, sum(count)::bigint AS count,
                    sum(amount)::bigint AS amount, sum(seconds)::bigint AS seconds
                FROM taken GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4
            ), folded AS (
                INSERT INTO statistic_days AS d SELECT * FROM sums
                ON CONFLICT (organization_id, day, currency, measure) DO UPDATE SET count = d.count + excluded.count,
                    amount = d.amount + excluded.amount, seconds = d.seconds + excluded.seconds
            )
            SELECT count(*) FROM taken
            """, [limit]
        ).scalar(as: Int.self) ?? 0
    }
}
