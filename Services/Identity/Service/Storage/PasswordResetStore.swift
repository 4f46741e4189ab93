import Postgres
import Primitives

/// Rows of secrets that replace a forgotten password.
enum PasswordResetStore {
    struct Stored: Sendable {
        let accountID: AccountID
        let email: String
        let expiresAt: Instant
        let usedAt: Instant?

        func counts(at now: Instant) -> Bool { usedAt == nil && now < expiresAt }
    }

    static func insert(
        hash: [UInt8], account: AccountID, expiresAt: Instant, at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            """
            INSERT INTO password_resets (hash, account_id, created_at, expires_at) VALUES ($1, $2, $3, $4)
            """, [hash, account, now, expiresAt])
    }

    /// Forgets what was not used: the newest mail is the one that counts, and none after the password is another.
    static func withdraw(of account: AccountID, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute(
            "DELETE FROM password_resets WHERE account_id = $1 AND used_at IS NULL", [account])
    }

    static func find(hash: [UInt8], isLocking: Bool, in transaction: borrowing Transaction)
        throws(PostgresError)
        -> Stored?
    {
        let lock = isLocking ? "FOR UPDATE OF password_resets" : ""
        let rows = try transaction.query(
            """
            SELECT account_id, email, expires_at, used_at
            FROM password_resets JOIN accounts ON accounts.id = account_id WHERE hash = $1 \(lock)
            """, [hash])
        return try rows.first.map { row throws(PostgresError) in
            Stored(
                accountID: try row.get(0), email: try row.get(1), expiresAt: try row.get(2),
                usedAt: try row.get(3))
        }
    }

    static func markUsed(hash: [UInt8], at now: Instant, in transaction: borrowing Transaction)
        throws(PostgresError)
    {
        try transaction.execute("UPDATE password_resets SET used_at = $2 WHERE hash = $1", [hash, now])
    }

    static func prune(expiredBefore: Instant, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute("DELETE FROM password_resets WHERE expires_at < $1", [expiredBefore])
    }
}
