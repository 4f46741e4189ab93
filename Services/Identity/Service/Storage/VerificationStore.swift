import Postgres
import Primitives

/// Rows of secrets that prove an address.
enum VerificationStore {
    struct Stored: Sendable {
        let accountID: AccountID
        let emailKey: String
        /// What the account gets with the proof; nil when it has the address already.
        let newEmail: String?
        let expiresAt: Instant
        let usedAt: Instant?
    }

    static func insert(
        hash: [UInt8], account: AccountID, emailKey: String, newEmail: String?, expiresAt: Instant,
        at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            """
            INSERT INTO verifications (hash, account_id, email_key, created_at, expires_at, new_email)
            VALUES ($1, $2, $3, $4, $5, $6)
            """, [hash, account, emailKey, now, expiresAt, newEmail])
    }

    static func lock(hash: [UInt8], in transaction: borrowing Transaction) throws(PostgresError) -> Stored? {
        let rows = try transaction.query(
            """
            SELECT account_id, email_key, expires_at, used_at, new_email FROM verifications
            WHERE hash = $1 FOR UPDATE
            """, [hash])
        guard let row = rows.first else { return nil }
        return Stored(
            accountID: try row.get(0), emailKey: try row.get(1), newEmail: try row.get(4),
            expiresAt: try row.get(2), usedAt: try row.get(3))
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

    /// Forgets changes of the address that were not proven: only the newest counts, and none after a new password.
    static func withdrawChanges(of account: AccountID, in transaction: borrowing Transaction)
        throws(PostgresError)
    {
        try transaction.execute(
            "DELETE FROM verifications WHERE account_id = $1 AND new_email IS NOT NULL AND used_at IS NULL",
            [account])
    }

    static func prune(expiredBefore: Instant, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute("DELETE FROM verifications WHERE expires_at < $1", [expiredBefore])
    }
}
