import Postgres
import Primitives

/// Reads and writes the daily timers of organizations.
enum DailyTimerStore {
    /// An organization whose timers are to be asked for.
    struct Hour: Sendable {
        let organizationID: OrganizationID
        let zone: Zone
        /// When reminders go out.
        let reminderTime: CivilTime
    }

    /// A timer as it is asked for.
    struct Asked: Sendable {
        let scheduleID: ScheduleID
        let organizationID: OrganizationID
        let kind: DailyTimer.Kind
        let generation: Int64
    }

    /// Organizations without timers, or with timers of another zone; what another replica deals with is passed over.
    static func untimed(limit: Int, in tx: borrowing Transaction) throws -> [Hour] {
        try tx.query(
            """
            SELECT o.id, o.zone, r.local_time FROM organizations o
                LEFT JOIN reminder_rules r ON r.organization_id = o.id
            WHERE o.timed_zone IS DISTINCT FROM o.zone ORDER BY o.id LIMIT $1 FOR UPDATE OF o SKIP LOCKED
            """, [limit]
        ).map { row in
            Hour(
                organizationID: try row[0], zone: try Invoice.zone(try row[1]),
                reminderTime: try row.get(2, as: CivilTime?.self) ?? .chargeTime)
        }
    }

    /// Notes that the timers of organizations are asked for in their present zones.
    static func noteTimed(
        _ organizations: [OrganizationID], in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send("UPDATE organizations SET timed_zone = zone WHERE id = ANY ($1)", [organizations])
    }

    /// Raises the generation of timers; those that are not there begin with a day.
    static func raise(
        _ timers: [(organizationID: OrganizationID, kind: DailyTimer.Kind, first: CivilDate)],
        at now: Instant, in tx: borrowing Transaction
    ) throws -> [Asked] {
        try tx.query(
            """
            INSERT INTO daily_timers AS d (schedule_id, organization_id, kind, generation, come, done)
            SELECT id, organization_id, kind, 1, first - 1, first - 1
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[]) AS t (id, organization_id, kind, first)
            ORDER BY organization_id, kind
            ON CONFLICT (organization_id, kind) DO UPDATE SET generation = d.generation + 1
            RETURNING schedule_id, organization_id, kind, generation
            """,
            [
                timers.map { _ in ScheduleID.new(at: now) }, timers.map(\.organizationID),
                timers.map(\.kind), timers.map(\.first),
            ]
        ).map { row in
            Asked(
                scheduleID: try row[0], organizationID: try row[1], kind: try row[2], generation: try row[3])
        }
    }

    /// Notes that days have come; a day that has come before, and what a timer of an older generation says, mean nothing.
    ///
    /// A day stands for all before it. Whatever work is under way begins again for all of them: what was done stays done.
    static func come(
        _ days: [(scheduleID: ScheduleID, generation: Int64, date: CivilDate)], in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            """
            UPDATE daily_timers d SET come = t.date, reached_date = NULL, reached_id = NULL
            FROM (
                SELECT schedule_id, generation, max(date) AS date
                FROM unnest($1::uuid[], $2::bigint[], $3::date[]) AS t (schedule_id, generation, date) GROUP BY 1, 2
            ) t
            WHERE d.schedule_id = t.schedule_id AND d.generation = t.generation AND d.come < t.date
            """, [days.map(\.scheduleID), days.map(\.generation), days.map(\.date)])
    }

    /// Chooses the timer that has waited the longest for its next piece of work.
    static func next(at now: Instant, in tx: borrowing Transaction) throws(PostgresError) -> ScheduleID? {
        try tx.query(
            """
            UPDATE daily_timers SET worked_at = $1
            WHERE schedule_id = (
                SELECT schedule_id FROM daily_timers WHERE done < come ORDER BY worked_at NULLS FIRST LIMIT 1
                FOR UPDATE SKIP LOCKED)
            RETURNING schedule_id
            """, [now]
        ).scalar()
    }

    /// Reads a timer for work; nil if somebody else is at it or there is none.
    static func lock(
        _ id: ScheduleID, in tx: borrowing Transaction
    ) throws(PostgresError) -> DailyTimer? {
        let rows = try tx.query(
            """
            SELECT \(DailyTimer.columns) FROM daily_timers WHERE schedule_id = $1 AND done < come
            FOR UPDATE SKIP LOCKED
            """, [id])
        guard let row = rows.first else { return nil }
        return try DailyTimer(row)
    }

    /// Notes how far the work has got; nil is its end.
    static func proceed(
        _ timer: DailyTimer, to place: DailyTimer.Place?, in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            """
            UPDATE daily_timers SET done = $2, reached_date = $3, reached_id = $4 WHERE schedule_id = $1
            """,
            [
                timer.scheduleID, place == nil ? timer.come : timer.done, place?.dueDate, place?.invoiceID,
            ])
    }
}
