import EventContracts
import Postgres
import Primitives

/// The statements about test clocks.
enum TestClockStore {
    /// A clock as it is stored.
    struct Stored: Sendable {
        let id: TestClockID
        let organizationID: OrganizationID
        let name: String?
        var now: Instant
        let target: Instant
        var step: Int64
        var isMoving: Bool
        var round: Int64
        /// Whether the question of this round is out.
        var isAsking: Bool
        /// The sums of the round before, by which it is seen that nothing moves.
        var traffic: Traffic
        var occurrences: Int64
        let createdAt: Instant
    }

    /// Messages of an organization.
    struct Traffic: Sendable, Equatable {
        let sent: Int64
        let handled: Int64
    }

    private static let columns = """
        test_clock_id, organization_id, name, now_at, target_at, step, state = 'moving', round, sent, handled, occurrences,
        created_at, is_asking
        """

    private static func stored(_ row: Row) throws -> Stored {
        Stored(
            id: try row[0], organizationID: try row[1], name: try row[2], now: try row[3],
            target: try row[4], step: try row[5], isMoving: try row[6], round: try row[7],
            isAsking: try row[12],
            traffic: Traffic(sent: try row[8], handled: try row[9]), occurrences: try row[10],
            createdAt: try row[11])
    }

    static func noteTestOrganizations(
        _ organizations: [OrganizationID], in tx: borrowing Transaction
    ) throws {
        try tx.send(
            "INSERT INTO test_organizations SELECT unnest($1::uuid[]) ON CONFLICT DO NOTHING",
            [organizations])
    }

    static func isForTests(_ organization: OrganizationID, in tx: borrowing Transaction) throws -> Bool {
        try !tx.query("SELECT 1 FROM test_organizations WHERE organization_id = $1", [organization]).isEmpty
    }

    /// Makes a clock, by which all timers of the organization go from now on; nil when it has one.
    static func insert(
        _ id: TestClockID, of organization: OrganizationID, name: String?, showing moment: Instant,
        at now: Instant, in tx: borrowing Transaction
    ) throws -> Stored? {
        let row = try tx.query(
            """
            INSERT INTO test_clocks (test_clock_id, organization_id, name, now_at, target_at, look_at, created_at)
            VALUES ($1, $2, $3, $4, $4, $5, $5) ON CONFLICT DO NOTHING RETURNING \(columns)
            """, [id, organization, name, moment, now]
        ).first
        guard let row else { return nil }
        try tx.send(
            "UPDATE schedules SET test_clock_id = $1 WHERE organization_id = $2", [id, organization])
        return try stored(row)
    }

    static func list(
        of organization: OrganizationID?, before cursor: TestClockID?, limit: Int,
        in tx: borrowing Transaction
    ) throws -> [Stored] {
        try tx.query(
            """
            SELECT \(columns) FROM test_clocks
             WHERE ($1::uuid IS NULL OR organization_id = $1) AND ($2::uuid IS NULL OR test_clock_id < $2)
             ORDER BY test_clock_id DESC LIMIT $3
            """, [organization, cursor, limit]
        ).map { try stored($0) }
    }

    /// A clock, locked against being moved by two at once.
    static func lock(
        _ id: TestClockID, of organization: OrganizationID?, in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            """
            SELECT \(columns) FROM test_clocks
             WHERE test_clock_id = $1 AND ($2::uuid IS NULL OR organization_id = $2) FOR UPDATE
            """, [id, organization]
        ).first.map { try stored($0) }
    }

    static func find(
        _ id: TestClockID, of organization: OrganizationID?, in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.query(
            """
            SELECT \(columns) FROM test_clocks
             WHERE test_clock_id = $1 AND ($2::uuid IS NULL OR organization_id = $2)
            """, [id, organization]
        ).first.map { try stored($0) }
    }

    /// Begins to move a clock; timers that were asked for in the instant in which it was made go by it as well.
    static func aim(
        _ id: TestClockID, at target: Instant, now: Instant, in tx: borrowing Transaction
    ) throws -> Stored? {
        try tx.send(
            """
            UPDATE schedules s SET test_clock_id = $1 FROM test_clocks c
             WHERE c.test_clock_id = $1 AND s.organization_id = c.organization_id AND s.test_clock_id IS NULL
            """, [id])
        return try tx.query(
            """
            UPDATE test_clocks SET target_at = $2, state = 'moving', look_at = $3 WHERE test_clock_id = $1
            RETURNING \(columns)
            """, [id, target, now]
        ).first.map { try stored($0) }
    }

    /// The moving clock that has waited the longest to be looked at; nobody else looks at it meanwhile.
    static func lockMoving(at now: Instant, in tx: borrowing Transaction) throws -> Stored? {
        try tx.query(
            """
            SELECT \(columns) FROM test_clocks WHERE state = 'moving' AND look_at <= $1 ORDER BY look_at LIMIT 1
            FOR UPDATE SKIP LOCKED
            """, [now]
        ).first.map { try stored($0) }
    }

    /// Stores what services answered; the higher round wins, and a clock whose question all have answered is looked at.
    ///
    /// - Returns: Whether there is one.
    static func store(
        _ reports: [TestClockReported], at now: Instant, in tx: borrowing Transaction
    ) throws -> Bool {
        try tx.send(
            """
            INSERT INTO test_clock_reports AS r (test_clock_id, service, round, sent, handled, open)
            SELECT DISTINCT ON (id, service) * FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::bigint[], $5::bigint[],
                $6::bigint[]) AS t (id, service, round, sent, handled, open) ORDER BY id, service, round DESC
            ON CONFLICT (test_clock_id, service) DO UPDATE
               SET round = excluded.round, sent = excluded.sent, handled = excluded.handled, open = excluded.open
             WHERE r.round < excluded.round
            """,
            [
                reports.map(\.testClockID), reports.map(\.service), reports.map(\.round),
                reports.map(\.sent), reports.map(\.handled), reports.map(\.open),
            ])
        let answered = try tx.execute(
            """
            UPDATE test_clocks c SET look_at = $2
             WHERE c.test_clock_id = ANY ($1) AND c.state = 'moving' AND c.is_asking
               AND $3 = (SELECT count(*) FROM test_clock_reports r
                          WHERE r.test_clock_id = c.test_clock_id AND r.round = c.round)
            """, [reports.map(\.testClockID), now, Int64(EventCatalogue.testClockQueues.count)])
        return answered > 0
    }

    /// What the services answered to a round: how many did, what they sent and handled, what they still have to do.
    static func answers(
        to round: Int64, of id: TestClockID, in tx: borrowing Transaction
    ) throws -> (services: Int64, traffic: Traffic, open: Int64) {
        let row = try tx.query(
            """
            SELECT count(*), coalesce(sum(sent), 0)::bigint, coalesce(sum(handled), 0)::bigint,
                   coalesce(sum(open), 0)::bigint
              FROM test_clock_reports WHERE test_clock_id = $1 AND round = $2
            """, [id, round]
        ).first
        return (
            try row?.get(0) ?? 0, Traffic(sent: try row?.get(1) ?? 0, handled: try row?.get(2) ?? 0),
            try row?.get(3) ?? 0
        )
    }

    /// Stores where the clock is, and when it is looked at again.
    static func store(_ clock: Stored, lookAt: Instant, in tx: borrowing Transaction) throws {
        try tx.send(
            """
            UPDATE test_clocks SET now_at = $2, step = $3, state = $4, round = $5, sent = $6, handled = $7, occurrences = $8,
                   is_asking = $9, look_at = $10
             WHERE test_clock_id = $1
            """,
            [
                clock.id, clock.now, clock.step, clock.isMoving ? "moving" : "ready", clock.round,
                clock.traffic.sent, clock.traffic.handled, clock.occurrences, clock.isAsking, lookAt,
            ])
    }

    /// The next instant at which a timer of a clock goes off.
    static func nextInstant(of id: TestClockID, in tx: borrowing Transaction) throws -> Instant? {
        try tx.query(
            "SELECT min(next_run_at) FROM schedules WHERE test_clock_id = $1 AND next_run_at IS NOT NULL",
            [id]
        ).scalar(as: Instant?.self) ?? nil
    }
}
