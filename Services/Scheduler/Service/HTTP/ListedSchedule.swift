import Postgres
import Primitives

/// A schedule as lists show it.
struct ListedSchedule: Sendable {
    let id: ScheduleID
    private let requester: String
    private let kind: String?
    private let state: String
    private let generation: Int64
    private let organizationID: OrganizationID?
    private let planID: ChargePlanID?
    private let zone: String?
    private let nextDate: CivilDate?
    private let nextRunAt: Instant?
    private let occurrenceCount: Int64
    private let lastFiredAt: Instant?
    private let createdAt: Instant
    private let updatedAt: Instant

    /// The columns in the order in which `init(_:)` reads them.
    static let columns = """
        id, requester, kind, state, generation, organization_id, plan_id, zone, next_date, next_run_at, sequence,
        (SELECT o.fired_at FROM occurrences o WHERE o.schedule_id = schedules.id
          ORDER BY o.generation DESC, o.date DESC LIMIT 1), created_at, updated_at
        """

    init(_ row: Row) throws(PostgresError) {
        id = try row[0]
        requester = try row[1]
        kind = try row[2]
        state = try row[3]
        generation = try row[4]
        organizationID = try row[5]
        planID = try row[6]
        zone = try row[7]
        nextDate = try row[8]
        nextRunAt = try row[9]
        occurrenceCount = try row[10]
        lastFiredAt = try row[11]
        createdAt = try row[12]
        updatedAt = try row[13]
    }

    /// - Parameters:
    ///   - writer: Where it is written.
    ///   - now: The moment from which it is seen whether it is late.
    ///   - occurrences: What went off, where that is shown.
    func write(to writer: inout JSONWriter, at now: Instant, occurrences: [ListedOccurrence]? = nil) {
        writer.beginObject()
        writer.member("id", id)
        writer.member("requester", requester)
        writer.member("kind", kind)
        writer.member("state", state)
        writer.member("generation", generation)
        writer.member("organization_id", organizationID)
        writer.member("plan_id", planID)
        writer.member("zone", zone)
        writer.member("next_date", nextDate)
        writer.member("next_run_at", nextRunAt)
        let lag = nextRunAt.map { now - $0 } ?? .zero
        writer.member("lag_seconds", max(0, lag.components.seconds))
        writer.member("occurrence_count", occurrenceCount)
        writer.member("last_fired_at", lastFiredAt)
        writer.member("created_at", createdAt)
        writer.member("updated_at", updatedAt)
        if let occurrences {
            writer.key("occurrences")
            writer.beginArray()
            for occurrence in occurrences { occurrence.write(to: &writer) }
            writer.endArray()
        }
        writer.endObject()
    }
}

/// An occurrence as a schedule's page shows it.
struct ListedOccurrence: Sendable {
    private let generation: Int64
    private let date: CivilDate
    private let dueAt: Instant
    private let firedAt: Instant

    init(_ row: Row) throws(PostgresError) {
        generation = try row[0]
        date = try row[1]
        dueAt = try row[2]
        firedAt = try row[3]
    }

    func write(to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("generation", generation)
        writer.member("date", date)
        writer.member("due_at", dueAt)
        writer.member("fired_at", firedAt)
        writer.endObject()
    }
}
