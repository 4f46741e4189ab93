import EventContracts
import Postgres
import Primitives

/// What somebody did with an address before they were known to have an account: what follows is done after the answer,
/// whose time would tell otherwise.
struct AddressEvent: Sendable {
    /// As the audit trail calls it, if there is an account.
    let kind: Audit.Kind
    let emailKey: String
    let origin: RequestOrigin
    let cause: EventCause

    static func insert(_ event: AddressEvent, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute(
            """
            INSERT INTO address_events
                (kind, email_key, client_address, user_agent, correlation_id, traceparent, at)
            VALUES ($1, $2, $3, $4, $5, $6, $7)
            """,
            [
                event.kind.rawValue, event.emailKey, event.origin.address, event.origin.userAgent,
                event.cause.correlationID, event.cause.traceparent, event.cause.clockTime,
            ])
    }

    /// Takes out the oldest that nobody else has taken, in the order in which they came.
    static func take(_ limit: Int, in transaction: borrowing Transaction) throws(PostgresError)
        -> [AddressEvent]
    {
        let rows = try transaction.query(
            """
            WITH taken AS (
                DELETE FROM address_events WHERE id IN (
                    SELECT id FROM address_events ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)
                RETURNING id, kind, email_key, client_address, user_agent, correlation_id, traceparent, at)
            SELECT kind, email_key, client_address, user_agent, correlation_id, traceparent, at
            FROM taken ORDER BY id
            """, [limit])
        return try rows.map { row throws(PostgresError) in
            let word: String = try row.get(0)
            guard let kind = Audit.Kind(rawValue: word) else {
                throw PostgresError(code: .decoding, message: "no event is called \(word)")
            }
            return AddressEvent(
                kind: kind, emailKey: try row.get(1),
                origin: RequestOrigin(address: try row.get(2), userAgent: try row.get(3)),
                cause: EventCause(
                    correlationID: try row.get(4), traceparent: try row.get(5), clockTime: try row.get(6)))
        }
    }

    /// Forgets what was done with an address whose person has left.
    static func forget(emailKey: String, in transaction: borrowing Transaction) throws(PostgresError) {
        try transaction.execute("DELETE FROM address_events WHERE email_key = $1", [emailKey])
    }
}
