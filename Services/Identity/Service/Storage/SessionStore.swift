import IdentityDomain
import Postgres
import Primitives

/// Why a login ended before its time.
enum RevocationReason: String, Sendable {
    case logout
    case ended
    case logoutEverywhere = "logout_everywhere"
    case tokenReuse = "token_reuse"
    case passwordChanged = "password_changed"
    case left
    case roleChanged = "role_changed"
}

/// A refresh token that was presented, with its login.
struct PresentedToken: Sendable {
    let sessionID: SessionID
    let accountID: AccountID
    let organizationID: OrganizationID?
    let state: RefreshRotation.Presented
}

/// Rows of logins and their refresh tokens.
enum SessionStore {
    static func insert(
        _ id: SessionID, account: AccountID, organization: OrganizationID?, expiresAt: Instant,
        from origin: RequestOrigin, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            """
            INSERT INTO sessions
                (id, account_id, organization_id, created_at, last_used_at, expires_at, client_address, user_agent)
            VALUES ($1, $2, $3, $4, $4, $5, $6, $7)
            """, [id, account, organization, now, expiresAt, origin.address, origin.userAgent])
    }

    static func insertToken(
        hash: [UInt8], session: SessionID, expiresAt: Instant, at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            "INSERT INTO refresh_tokens (hash, session_id, issued_at, expires_at) VALUES ($1, $2, $3, $4)",
            [hash, session, now, expiresAt])
    }

    /// Locks the login, so that of two requests with one token the second sees what the first did.
    static func lockToken(hash: [UInt8], in transaction: borrowing Transaction) throws(PostgresError)
        -> PresentedToken?
    {
        let rows = try transaction.query(
            """
            SELECT sessions.id, sessions.account_id, sessions.organization_id, refresh_tokens.expires_at,
                sessions.expires_at, sessions.revoked_at
            FROM refresh_tokens JOIN sessions ON sessions.id = refresh_tokens.session_id
            WHERE refresh_tokens.hash = $1 FOR UPDATE OF sessions
            """, [hash])
        guard let row = rows.first else { return nil }
        // Read after the lock: the row above may be from before another request replaced the token.
        let replacedAt: Instant?? = try transaction.query(
            "SELECT replaced_at FROM refresh_tokens WHERE hash = $1", [hash]
        ).scalar(as: Instant?.self)
        let state = RefreshRotation.Presented(
            expiresAt: try row.get(3), replacedAt: replacedAt ?? nil, sessionExpiresAt: try row.get(4),
            sessionRevokedAt: try row.get(5))
        return PresentedToken(
            sessionID: try row.get(0), accountID: try row.get(1), organizationID: try row.get(2), state: state
        )
    }

    /// Marks a token as used; the first use counts.
    static func replaceToken(hash: [UInt8], at now: Instant, in transaction: borrowing Transaction)
        throws(PostgresError)
    {
        try transaction.execute(
            "UPDATE refresh_tokens SET replaced_at = coalesce(replaced_at, $2) WHERE hash = $1", [hash, now])
        try transaction.execute(
            """
            UPDATE sessions SET last_used_at = $2
            FROM refresh_tokens WHERE refresh_tokens.hash = $1 AND sessions.id = refresh_tokens.session_id
            """, [hash, now])
    }

    /// The logins of an account that act for an organization and have not ended.
    static func open(
        of account: AccountID, in organization: OrganizationID, transaction: borrowing Transaction
    ) throws(PostgresError) -> [SessionID] {
        try transaction.query(
            """
            SELECT id FROM sessions
            WHERE account_id = $1 AND organization_id = $2 AND revoked_at IS NULL ORDER BY id
            """, [account, organization]
        ).column(0, as: SessionID.self)
    }

    /// False when the login had ended before.
    static func revoke(
        _ id: SessionID, because reason: RevocationReason, at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> Bool {
        try transaction.execute(
            """
            UPDATE sessions SET revoked_at = $2, revoked_because = $3
            WHERE id = $1 AND revoked_at IS NULL
            """, [id, now, reason.rawValue]) == 1
    }

    /// Removes an account's logins and their tokens.
    static func removeAll(of account: AccountID, in transaction: borrowing Transaction) throws(PostgresError)
    {
        try transaction.execute("DELETE FROM sessions WHERE account_id = $1", [account])
    }

    /// Ends what has not ended of an account.
    ///
    /// - Returns: The logins that ended now.
    @discardableResult
    static func revokeAll(
        of account: AccountID, except kept: SessionID?, because reason: RevocationReason, at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> [SessionID] {
        try transaction.query(
            """
            UPDATE sessions SET revoked_at = $3, revoked_because = $4
            WHERE account_id = $1 AND id IS DISTINCT FROM $2 AND revoked_at IS NULL AND expires_at > $3
            RETURNING id
            """, [account, kept, now, reason.rawValue]
        ).column(0)
    }

    /// Removes logins that are long over, with their tokens; at most so many at a time.
    static func prune(endedBefore: Instant, limit: Int, in transaction: borrowing Transaction)
        throws(PostgresError)
        -> Int
    {
        try transaction.execute(
            """
            DELETE FROM sessions WHERE id IN
                (SELECT id FROM sessions WHERE expires_at < $1 OR revoked_at < $1 LIMIT $2 FOR UPDATE SKIP LOCKED)
            """, [endedBefore, limit])
    }
}
