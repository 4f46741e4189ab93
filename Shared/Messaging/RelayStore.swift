import Postgres
import Primitives

/// The relay's statements; each in a transaction of its own, none open while talking to the broker.
struct RelayStore: Sendable {
    let pool: PostgresPool

    /// The next events that were never refused, without those behind a held one of the same aggregate.
    func fresh(_ limit: Int) async throws -> [PendingEvent] {
        try await pool.transaction { tx in
            _ = try tx.query(Self.readByIndex)
            return try Self.read(tx.query(Self.selectFresh, [limit]))
        }
    }

    /// Held events whose time has come, the first of each aggregate.
    func due(_ limit: Int, now: Instant) async throws -> [PendingEvent] {
        try await pool.transaction { tx in try Self.read(tx.query(Self.selectDue, [limit, now])) }
    }

    /// Takes the confirmed off the list and notes why others stay.
    ///
    /// What carries people's data is removed altogether once it is out: the outbox keeps facts for a week, not persons.
    func settle(confirmed: [Int64], private forgotten: [Int64], holds: [RelayPlan.Hold]) async throws {
        guard !confirmed.isEmpty || !holds.isEmpty else { return }
        try await pool.transaction { tx in
            if !confirmed.isEmpty { try tx.send("DELETE FROM pending WHERE id = ANY ($1)", [confirmed]) }
            if !forgotten.isEmpty {
                try tx.send("DELETE FROM events WHERE id = ANY ($1)", [forgotten])
            }
            if !holds.isEmpty {
                try tx.send(
                    Self.updateHeld,
                    [
                        holds.map(\.id), holds.map { Int32($0.attempts) }, holds.map(\.notBefore),
                        holds.map(\.reason),
                    ])
            }
        }
    }

    /// The length of the list, the age of its head in seconds, and how many events were refused that often.
    func measure(now: Instant, stuckAttempts: Int) async throws -> (
        count: Int64, oldest: Double, stuck: Int64
    ) {
        try await pool.transaction { tx in
            let row = try tx.query(Self.selectLength, [Int32(stuckAttempts)]).first
            guard let row else { return (0, 0, 0) }
            let oldest: Instant? = try row[2]
            return (try row[0], oldest.map { (now - $0).inSeconds } ?? 0, try row[1])
        }
    }

    private static func read(_ rows: Rows) throws(PostgresError) -> [PendingEvent] {
        var events: [PendingEvent] = []
        events.reserveCapacity(rows.count)
        for row in rows {
            events.append(
                PendingEvent(
                    id: try row[0], eventID: try row[1], aggregate: try row[2], exchange: try row[3],
                    routingKey: try row[4], type: try row[5], body: try row[6],
                    attempts: Int(try row[7] as Int32)))
        }
        return events
    }

    /// Statistics of a list that fills and empties within seconds are always wrong: after them the planner would read
    /// and sort the whole backlog for each batch instead of taking its head from the primary key.
    static let readByIndex = """
        SELECT set_config('enable_seqscan', 'off', true), set_config('enable_bitmapscan', 'off', true)
        """

    /// The ARRAY(…) is on purpose: as a join the planner reads all of `events` for each batch.
    ///
    /// Held events are few,
    /// and only their tiny index is asked.
    static let selectFresh = """
        SELECT id, event_id, aggregate_id, exchange, routing_key, type, body, 0 FROM events
        WHERE id = ANY (ARRAY (
            SELECT p.id FROM pending p
            WHERE p.not_before IS NULL AND NOT EXISTS (
                SELECT 1 FROM pending h
                WHERE h.not_before IS NOT NULL AND h.aggregate_id = p.aggregate_id AND h.id <= p.id)
            ORDER BY p.id LIMIT $1))
        ORDER BY id
        """

    static let selectDue = """
        SELECT e.id, e.event_id, e.aggregate_id, e.exchange, e.routing_key, e.type, e.body, d.attempts
        FROM (
            SELECT p.id, p.attempts FROM pending p
            WHERE p.not_before <= $2 AND NOT EXISTS (
                SELECT 1 FROM pending h
                WHERE h.not_before IS NOT NULL AND h.aggregate_id = p.aggregate_id AND h.id < p.id)
            ORDER BY p.id LIMIT $1
        ) d CROSS JOIN LATERAL (SELECT * FROM events WHERE events.id = d.id) e
        ORDER BY e.id
        """

    private static let updateHeld = """
        UPDATE pending p SET attempts = h.attempts, not_before = h.not_before, last_error = h.reason
        FROM unnest($1::bigint[], $2::integer[], $3::timestamptz[], $4::text[])
            AS h (id, attempts, not_before, reason)
        WHERE p.id = h.id
        """

    private static let selectLength = """
        SELECT count(*), count(*) FILTER (WHERE attempts >= $1),
            (SELECT created_at FROM events WHERE id = min(pending.id))
        FROM pending
        """
}
