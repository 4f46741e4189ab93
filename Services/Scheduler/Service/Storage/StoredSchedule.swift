import Postgres
import Primitives
import SchedulerDomain

/// A schedule that is due, as the tick reads it.
struct StoredSchedule: Sendable {
    let id: ScheduleID
    let generation: Int64
    let requester: String
    let organizationID: OrganizationID
    let kind: String
    let charge: Charge?
    let payload: JSONB?
    let next: Occurrence
    let sequence: Int64
    /// Nil for what happens once: its only occurrence is `next`, and no zone has to be looked at.
    let series: Series?

    /// What a schedule of the payment service is about.
    struct Charge: Sendable {
        let planID: ChargePlanID
        let step: Int
    }

    /// A recurring rule as stored.
    struct Series: Sendable {
        let fields: RuleFields
        let zone: String
        let policy: CatchUpPolicy
    }

    /// The columns in the order in which `init(_:)` reads them.
    static let columns = """
        id, generation, requester, organization_id, kind, plan_id, step, payload, position, next_date, next_run_at, sequence,
        every, unit, first_date, local_time, anchor_day, until_date, max_count, zone, catch_up
        """

    init(_ row: Row) throws(PostgresError) {
        id = try row[0]
        generation = try row[1]
        requester = try row[2]
        organizationID = try row[3]
        kind = try row[4]
        if let planID = try row.get(5, as: ChargePlanID?.self) {
            charge = Charge(planID: planID, step: try row[6])
        } else {
            charge = nil
        }
        payload = try row[7]
        next = Occurrence(position: try row[8], date: try row[9], dueAt: try row[10])
        sequence = try row[11]
        guard let every = try row.get(12, as: Int?.self) else {
            series = nil
            return
        }
        series = Series(
            fields: RuleFields(
                date: try row[14], time: try row[15], every: every, unit: try row[13], anchorDay: try row[16],
                until: try row[17], count: try row[18]),
            zone: try row[19], policy: try row[20])
    }
}

extension CatchUpPolicy: PostgresCodable {}
