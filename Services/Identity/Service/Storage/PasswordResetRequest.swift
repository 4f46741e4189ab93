import EventContracts
import Postgres
import Primitives

/// What somebody asked for who forgot a password, whether or not there is an account.
struct PasswordResetRequest: Sendable {
    let emailKey: String
    let origin: RequestOrigin
    let cause: EventCause

    static func insert(
        _ request: PasswordResetRequest, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        try transaction.execute(
            """
            INSERT INTO password_reset_requests
                (email_key, client_address, user_agent, correlation_id, traceparent, asked_at)
            VALUES ($1, $2, $3, $4, $5, $6)
            """,
            [
                request.emailKey, request.origin.address, request.origin.userAgent,
                request.cause.correlationID, request.cause.traceparent, request.cause.clockTime,
            ])
    }

    /// Takes out the oldest that nobody else has taken, in the order in which they came.
    static func take(_ limit: Int, in transaction: borrowing Transaction) throws(PostgresError)
        -> [PasswordResetRequest]
    {
        let rows = try transaction.query(
            """
            WITH taken AS (
                DELETE FROM password_reset_requests WHERE id IN (
                    SELECT id FROM password_reset_requests ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
                RETURNING id, email_key, client_address, user_agent, correlation_id, traceparent, asked_at)
            SELECT email_key, client_address, user_agent, correlation_id, traceparent, asked_at
            FROM taken ORDER BY id
            """, [limit])
        return try rows.map { row throws(PostgresError) in
            PasswordResetRequest(
                emailKey: try row.get(0),
                origin: RequestOrigin(address: try row.get(1), userAgent: try row.get(2)),
                cause: EventCause(
                    correlationID: try row.get(3), traceparent: try row.get(4), clockTime: try row.get(5)))
        }
    }

    /// Forgets what was asked for an address whose person has left.
    static func forget(emailKey: String, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute("DELETE FROM password_reset_requests WHERE email_key = $1", [emailKey])
    }
}
