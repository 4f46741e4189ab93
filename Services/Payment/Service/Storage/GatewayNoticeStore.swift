import Postgres
import Primitives

/// The statements about what the gateway has told by itself.
enum GatewayNoticeStore {
    /// News whose turn it is.
    struct Taken: Sendable {
        let gatewayAccount: String
        let notice: GatewayNotice
        let tries: Int
    }

    /// Keeps news; an event that is known already changes nothing.
    static func keep(
        _ notice: GatewayNotice, of gatewayAccount: String, now: Instant, handleAt: Instant,
        in tx: borrowing Transaction
    ) throws {
        try tx.send(
            """
            INSERT INTO gateway_notices (gateway_account, event_id, type, notice, next_at, received_at)
            VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
            """,
            [
                gatewayAccount, notice.eventID, notice.type.rawValue, JSONB(try JSON.encode(notice)),
                handleAt, now,
            ])
    }

    /// Takes news that are due, the oldest first, and puts their next turn off, so that no other replica works on them.
    static func take(
        limit: Int, now: Instant, until: Instant, in tx: borrowing Transaction
    ) throws -> [Taken] {
        try tx.query(
            """
            UPDATE gateway_notices n SET tries = n.tries + 1, next_at = $2
             WHERE (n.gateway_account, n.event_id) IN (
                SELECT gateway_account, event_id FROM gateway_notices WHERE state = 'waiting' AND next_at <= $1
                 ORDER BY next_at LIMIT $3 FOR UPDATE SKIP LOCKED)
            RETURNING n.gateway_account, n.notice, n.tries
            """, [now, until, limit]
        ).map { row in
            Taken(
                gatewayAccount: try row[0],
                notice: try JSON.decode(GatewayNotice.self, from: try row.get(1, as: JSONB.self).bytes),
                tries: try row[2])
        }
    }

    /// Marks news as done with.
    static func settle(_ notices: [Taken], in tx: borrowing Transaction) throws {
        guard !notices.isEmpty else { return }
        try tx.send(
            """
            UPDATE gateway_notices n SET state = 'settled', reason = NULL
              FROM unnest($1::text[], $2::text[]) AS t (account, event)
             WHERE n.gateway_account = t.account AND n.event_id = t.event
            """, [notices.map(\.gatewayAccount), notices.map(\.notice.eventID)])
    }

    /// Keeps news for a person.
    static func review(_ taken: Taken, reason: String, in tx: borrowing Transaction) throws {
        try tx.send(
            """
            UPDATE gateway_notices SET state = 'review', reason = $3 WHERE gateway_account = $1 AND event_id = $2
            """, [taken.gatewayAccount, taken.notice.eventID, reason])
    }

    /// Marks news that were kept for a person as done with.
    ///
    /// - Returns: Whether there were any.
    static func settle(_ event: String, reason: String, in tx: borrowing Transaction) throws -> Bool {
        try tx.execute(
            "UPDATE gateway_notices SET state = 'settled', reason = $2 WHERE event_id = $1 AND state = 'review'",
            [event, reason]) > 0
    }

    /// Leaves news for another turn.
    static func postpone(
        _ taken: Taken, until moment: Instant, reason: String, in tx: borrowing Transaction
    ) throws {
        try tx.send(
            """
            UPDATE gateway_notices SET next_at = $3, reason = $4 WHERE gateway_account = $1 AND event_id = $2
            """, [taken.gatewayAccount, taken.notice.eventID, moment, String(reason.prefix(200))])
    }

    /// Forgets what was done with before a moment, which the gateway no longer repeats.
    ///
    /// - Returns: How many rows are gone.
    static func forget(before moment: Instant, limit: Int, in tx: borrowing Transaction) throws -> Int {
        try tx.execute(
            """
            DELETE FROM gateway_notices WHERE (gateway_account, event_id) IN (
                SELECT gateway_account, event_id FROM gateway_notices WHERE state = 'settled' AND received_at < $1 LIMIT $2)
            """, [moment, limit])
    }
}
