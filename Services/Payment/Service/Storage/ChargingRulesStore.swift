import PaymentDomain
import Postgres
import Primitives

/// The statements about how senders want refused automatic payments to be tried again.
enum ChargingRulesStore {
    /// A sender's own days; nil for the usual ones.
    static func days(of organization: OrganizationID, in tx: borrowing Transaction) throws -> [Int64]? {
        try tx.query(
            "SELECT retry_days FROM charging_rules WHERE organization_id = $1", [organization]
        ).scalar()
    }

    /// A sender's ladder.
    static func ladder(
        of organization: OrganizationID, or usual: RetryLadder, in tx: borrowing Transaction
    ) throws -> RetryLadder {
        ladder(try days(of: organization, in: tx), or: usual)
    }

    /// The ladder of a sender's own days, or the usual one.
    static func ladder(_ days: [Int64]?, or usual: RetryLadder) -> RetryLadder {
        days.map { RetryLadder(days: $0.map { Int($0) }) } ?? usual
    }

    /// Keeps a sender's own days.
    static func keep(
        _ days: [Int64], of organization: OrganizationID, now: Instant, in tx: borrowing Transaction
    ) throws {
        try tx.send(
            """
            INSERT INTO charging_rules (organization_id, retry_days, updated_at) VALUES ($1, $2, $3)
            ON CONFLICT (organization_id) DO UPDATE
               SET retry_days = EXCLUDED.retry_days, updated_at = EXCLUDED.updated_at
            """, [organization, days, now])
    }
}
