public import Postgres
public import Primitives

/// What ended before its time: logins, and all tokens of an account from before a moment.
public struct Revocations: Sendable, Hashable {
    /// The logins that ended.
    public var sessions: Set<SessionID> = []
    /// Tokens of these accounts that were issued before the moment are void.
    public var issuedBefore: [AccountID: Instant] = [:]

    /// Nothing was revoked.
    public init() {}

    /// Whether a token is void.
    ///
    /// Tokens carry milliseconds: one that was issued in the very millisecond of the voiding counts as older.
    func covers(_ token: AccessToken) -> Bool {
        if sessions.contains(token.principal.sessionID) { return true }
        guard let moment = issuedBefore[token.principal.accountID] else { return false }
        return token.issuedAt <= moment
    }
}

extension Revocations {
    /// Records ended logins.
    ///
    /// - Parameters:
    ///   - sessions: The logins.
    ///   - expiresAt: When the last of their tokens has expired by itself.
    ///   - transaction: The transaction of the event, or of the revocation itself.
    /// - Throws: What the statement failed with.
    public static func record(
        sessions: [SessionID], expiresAt: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            """
            INSERT INTO access_revoked_sessions (session_id, expires_at)
            SELECT DISTINCT session_id, $2::timestamptz FROM unnest($1::uuid[]) AS given (session_id)
            ON CONFLICT (session_id) DO UPDATE SET expires_at = greatest(access_revoked_sessions.expires_at, excluded.expires_at)
            """, [sessions, expiresAt])
    }

    /// Records that an account's older tokens are void.
    ///
    /// - Parameters:
    ///   - account: The account.
    ///   - issuedBefore: Tokens from before this moment are void.
    ///   - expiresAt: When the last of them has expired by itself.
    ///   - transaction: The transaction of the event, or of the voiding itself.
    /// - Throws: What the statement failed with.
    public static func record(
        account: AccountID, issuedBefore: Instant, expiresAt: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try record(issuedBefore: [(account, issuedBefore)], expiresAt: expiresAt, in: transaction)
    }

    /// Records the moments before which the tokens of accounts are void; of an account's moments the latest counts.
    static func record(
        issuedBefore moments: [(account: AccountID, moment: Instant)], expiresAt: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            """
            INSERT INTO access_voided_accounts (account_id, issued_before, expires_at)
            SELECT account_id, max(moment), $3::timestamptz
            FROM unnest($1::uuid[], $2::timestamptz[]) AS given (account_id, moment)
            GROUP BY account_id ORDER BY account_id
            ON CONFLICT (account_id) DO UPDATE SET
                issued_before = greatest(access_voided_accounts.issued_before, excluded.issued_before),
                expires_at = greatest(access_voided_accounts.expires_at, excluded.expires_at)
            """, [moments.map(\.account), moments.map(\.moment), expiresAt])
    }

    /// All revocations that still matter.
    static func load(at now: Instant, in transaction: borrowing Transaction) throws(PostgresError)
        -> Revocations
    {
        var revocations = Revocations()
        let sessions = try transaction.query(
            "SELECT session_id FROM access_revoked_sessions WHERE expires_at > $1", [now])
        revocations.sessions = Set(try sessions.column(0, as: SessionID.self))
        let accounts = try transaction.query(
            "SELECT account_id, issued_before FROM access_voided_accounts WHERE expires_at > $1", [now])
        for row in accounts { revocations.issuedBefore[try row.get(0)] = try row.get(1, as: Instant.self) }
        return revocations
    }

    /// Removes what no longer matters.
    static func prune(at now: Instant, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute("DELETE FROM access_revoked_sessions WHERE expires_at <= $1", [now])
        try transaction.execute("DELETE FROM access_voided_accounts WHERE expires_at <= $1", [now])
    }
}
