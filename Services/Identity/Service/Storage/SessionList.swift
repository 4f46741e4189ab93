import Postgres
import Primitives

/// A login that counts, as its owner sees it.
struct LiveSession: Sendable {
    let id: SessionID
    let createdAt: Instant
    let lastUsedAt: Instant
    /// When it ends unless it is used before.
    let expiresAt: Instant
    let clientAddress: String?
    let userAgent: String?
}

/// Logins of an account that count.
enum SessionList {
    /// Newest first, those before a known one; a login whose tokens ran out is over although nobody ended it.
    static func page(
        of account: AccountID, before: SessionID?, limit: Int, at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) -> [LiveSession] {
        let rows = try transaction.query(
            """
            SELECT id, created_at, last_used_at, token.expires_at, client_address, user_agent
            FROM sessions CROSS JOIN LATERAL (
                SELECT max(expires_at) AS expires_at FROM refresh_tokens
                WHERE session_id = sessions.id AND replaced_at IS NULL) token
            WHERE account_id = $1 AND revoked_at IS NULL AND sessions.expires_at > $4 AND token.expires_at > $4
                AND ($2::uuid IS NULL OR id < $2)
            ORDER BY id DESC LIMIT $3
            """, [account, before, limit, now])
        return try rows.map { row throws(PostgresError) in
            LiveSession(
                id: try row.get(0), createdAt: try row.get(1), lastUsedAt: try row.get(2),
                expiresAt: try row.get(3), clientAddress: try row.get(4), userAgent: try row.get(5))
        }
    }

    static func isOwn(_ id: SessionID, of account: AccountID, in transaction: borrowing Transaction)
        throws(PostgresError)
        -> Bool
    {
        try transaction.query("SELECT FROM sessions WHERE id = $1 AND account_id = $2", [id, account]).count
            == 1
    }
}
