import Postgres
import Primitives

/// The statements of the tick: each for a whole batch.
enum DueSchedules {
    /// How far a schedule has come after a tick.
    struct Progress: Sendable {
        let id: ScheduleID
        /// The next position; unchanged at the end of the series.
        let position: Int
        let nextDate: CivilDate?
        let nextRunAt: Instant?
        let fired: Int
    }

    /// What went off.
    struct Fired: Sendable, Hashable {
        let id: ScheduleID
        let generation: Int64
        let date: CivilDate
        let dueAt: Instant
    }

    /// Locks the schedules that are due, the oldest first, and passes over those that another replica holds.
    ///
    /// - Parameters:
    ///   - now: The moment.
    ///   - clock: The test clock by which they go; nil for those that go by the real time.
    ///   - limit: How many at the most.
    ///   - tx: The transaction that holds the locks.
    /// - Returns: The schedules.
    /// - Throws: What the statement throws.
    static func lock(
        at now: Instant, of clock: TestClockID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [StoredSchedule] {
        let rows =
            if let clock {
                try tx.query(lockTestedSQL, [now, limit, clock])
            } else {
                try tx.query(lockSQL, [now, limit])
            }
        return try rows.map { try StoredSchedule($0) }
    }

    private static let lockSQL = """
        SELECT \(StoredSchedule.columns) FROM schedules
        WHERE next_run_at <= $1 AND test_clock_id IS NULL ORDER BY next_run_at LIMIT $2 FOR UPDATE SKIP LOCKED
        """

    private static let lockTestedSQL = """
        SELECT \(StoredSchedule.columns) FROM schedules
        WHERE next_run_at <= $1 AND test_clock_id = $3 ORDER BY next_run_at, id LIMIT $2 FOR UPDATE
        """

    /// Records occurrences and returns those that were not recorded before; nil when that is all of them.
    static func record(
        _ fired: [Fired], at now: Instant, in tx: borrowing Transaction
    ) throws -> Set<Fired>? {
        let rows = try tx.query(
            recordSQL,
            [fired.map(\.id), fired.map(\.generation), fired.map(\.date), fired.map(\.dueAt), now])
        guard rows.count < fired.count else { return nil }
        var recorded: Set<Fired> = []
        for row in rows {
            recorded.insert(
                Fired(id: try row[0], generation: try row[1], date: try row[2], dueAt: try row[3]))
        }
        return recorded
    }

    private static let recordSQL = """
        INSERT INTO occurrences (schedule_id, generation, date, due_at, fired_at)
        SELECT given.*, $5 FROM unnest($1::uuid[], $2::bigint[], $3::date[], $4::timestamptz[]) AS given
        ON CONFLICT DO NOTHING RETURNING schedule_id, generation, date, due_at
        """

    /// Moves the schedules on, or ends them.
    static func advance(_ progress: [Progress], at now: Instant, in tx: borrowing Transaction) throws {
        try tx.send(
            advanceSQL,
            [
                progress.map(\.id), progress.map(\.position), progress.map(\.nextDate),
                progress.map(\.nextRunAt), progress.map(\.fired), now,
            ])
    }

    private static let advanceSQL = """
        UPDATE schedules s SET position = given.position, next_date = given.next_date, next_run_at = given.next_run_at,
            state = CASE WHEN given.next_run_at IS NULL THEN 'finished' ELSE 'active' END,
            sequence = s.sequence + given.fired, updated_at = $6
        FROM unnest($1::uuid[], $2::bigint[], $3::date[], $4::timestamptz[], $5::bigint[])
            AS given (id, position, next_date, next_run_at, fired)
        WHERE s.id = given.id
        """

    /// The moment of the next occurrence of all, which may lie in the past.
    static func earliest(in tx: borrowing Transaction) throws -> Instant? {
        try tx.query("SELECT min(next_run_at) FROM schedules WHERE test_clock_id IS NULL").scalar(
            as: Instant?.self) ?? nil
    }
}
