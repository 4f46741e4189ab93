import Postgres
import Primitives

/// Rows of secrets that prove an address.
enum VerificationStore {
    struct Stored: Sendable {
        let accountID: AccountID
        let emailKey: String
        let expiresAt: Instant
        let usedAt: Instant?
    }

    static func insert(
        hash: [UInt8], account: AccountID, emailKey: String, expiresAt: Instant, at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            """
            INSERT INTO verifications (hash, account_id, email_key, created_at, expires_at)
            VALUES ($1, $2, $3, $4, $5)
            """, [hash, account, emailKey, now, expiresAt])
    }

    static func lock(hash: [UInt8], in transaction: borrowing Transaction) throws(PostgresError) -> Stored? {
        let rows = try transaction.query(
            "SELECT account_id, email_key, expires_at, used_at FROM verifications WHERE hash = $1 FOR UPDATE",
            [hash])
        guard let row = rows.first else { return nil }
        return Stored(
            accountID: try row.get(0), emailKey: try row.get(1), expiresAt: try row.get(2),
            usedAt: try row.get(3))
    }

    static func markUsed(hash: [UInt8], at now: Instant, in transaction: borrowing Transaction)
        throws(PostgresError)
    {
        try transaction.execute("UPDATE verifications SET used_at = $2 WHERE hash = $1", [hash, now])
    }

    static func removeAll(of account: AccountID, in transaction: borrowing Transaction) throws(PostgresError)
    {
        try transaction.execute("DELETE FROM verifications WHERE account_id = $1", [account])
    }

    static func prune(expiredBefore: Instant, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute("DELETE FROM verifications WHERE expires_at < $1", [expiredBefore])
    }
}
