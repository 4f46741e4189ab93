import Postgres
import Primitives

/// Rows of second factors and of the codes that stand in for them.
enum SecondFactorStore {
    struct Stored: Sendable {
        let encryptedSecret: [UInt8]
        let confirmedAt: Instant?
        let lastStep: Int64?
    }

    /// Keeps a secret that is not confirmed yet, in the place of an older one.
    ///
    /// - Returns: False when the account has a confirmed one.
    static func propose(
        _ encryptedSecret: [UInt8], of account: AccountID, at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> Bool {
        try transaction.execute(
            """
            INSERT INTO totp_secrets (account_id, encrypted_secret, created_at) VALUES ($1, $2, $3)
            ON CONFLICT (account_id) DO UPDATE
                SET encrypted_secret = excluded.encrypted_secret, created_at = excluded.created_at
                WHERE totp_secrets.confirmed_at IS NULL
            """, [account, encryptedSecret, now]) == 1
    }

    /// Locks it, so that of two requests with one code the second sees what the first did.
    static func lock(of account: AccountID, in transaction: borrowing Transaction) throws(PostgresError)
        -> Stored?
    {
        let rows = try transaction.query(
            """
            SELECT encrypted_secret, confirmed_at, last_step FROM totp_secrets
            WHERE account_id = $1 FOR UPDATE
            """, [account])
        return try rows.first.map { row throws(PostgresError) in
            Stored(
                encryptedSecret: try row.get(0), confirmedAt: try row.get(1), lastStep: try row.get(2))
        }
    }

    static func isConfirmed(of account: AccountID, in transaction: borrowing Transaction)
        throws(PostgresError)
        -> Bool
    {
        try transaction.query(
            "SELECT FROM totp_secrets WHERE account_id = $1 AND confirmed_at IS NOT NULL", [account]
        ).count == 1
    }

    static func accept(step: Int64, of account: AccountID, in transaction: borrowing Transaction)
        throws(PostgresError)
    {
        try transaction.execute(
            "UPDATE totp_secrets SET last_step = $2 WHERE account_id = $1", [account, step])
    }

    static func confirm(
        step: Int64, of account: AccountID, codeHashes: [[UInt8]], at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            "UPDATE totp_secrets SET confirmed_at = $3, last_step = $2 WHERE account_id = $1",
            [account, step, now])
        try replaceRecoveryCodes(of: account, with: codeHashes, at: now, in: transaction)
    }

    /// Forgets the codes that were written down, used or not, and keeps others.
    static func replaceRecoveryCodes(
        of account: AccountID, with codeHashes: [[UInt8]], at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute("DELETE FROM recovery_codes WHERE account_id = $1", [account])
        try transaction.execute(
            """
            INSERT INTO recovery_codes (hash, account_id, created_at)
            SELECT hash, $2::uuid, $3::timestamptz FROM unnest($1::bytea[]) AS given (hash)
            """, [codeHashes, account, now])
    }

    /// False for a code that the account does not have or has used.
    static func useRecoveryCode(
        hash: [UInt8], of account: AccountID, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) -> Bool {
        try transaction.execute(
            """
            UPDATE recovery_codes SET used_at = $3 WHERE hash = $1 AND account_id = $2 AND used_at IS NULL
            """, [hash, account, now]) == 1
    }

    static func remove(of account: AccountID, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute("DELETE FROM recovery_codes WHERE account_id = $1", [account])
        try transaction.execute("DELETE FROM totp_secrets WHERE account_id = $1", [account])
    }
}
