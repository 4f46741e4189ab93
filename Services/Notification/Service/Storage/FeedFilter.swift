import NotificationDomain
import Postgres
import Primitives

/// Which rows of the feed are shown.
struct FeedFilter: Sendable {
    let organizationID: OrganizationID
    let after: FeedCursor
    let limit: Int
    let type: String?
    let subject: String?

    /// One event and its place.
    struct FeedRow: Sendable {
        let cursor: FeedCursor
        let body: [UInt8]
    }

    /// The next rows, in the order in which they became visible.
    ///
    /// A row is shown when every transaction that began writing before its own has ended: one that is still open could
    /// commit a row that belongs before it.
    func rows(in tx: borrowing Transaction) throws -> [FeedRow] {
        try tx.query(
            """
            SELECT transaction::text, position, body FROM feed
            WHERE organization_id = $1 AND (transaction, position) > ($2::text::xid8, $3)
                AND transaction < pg_snapshot_xmin(pg_current_snapshot())
                AND ($4::text IS NULL OR type = $4) AND ($5::text IS NULL OR subject = $5)
            ORDER BY transaction, position LIMIT $6
            """,
            [organizationID, String(after.transaction), after.position, type, subject, limit]
        ).map { row in
            let transaction: String = try row[0]
            guard let number = UInt64(transaction) else {
                throw PostgresError(code: .decoding, message: "not a transaction: \(transaction)")
            }
            return FeedRow(
                cursor: FeedCursor(transaction: number, position: try row[1]), body: try row[2])
        }
    }
}
