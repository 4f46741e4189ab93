import Postgres
import Primitives
import SchedulerDomain

/// Stores what requesters ask for: each statement for a whole batch, the higher generation wins.
enum ScheduleStore {
    /// A request that makes sense, with its first occurrence.
    struct Requested: Sendable {
        let id: ScheduleID
        let requester: String
        let generation: Int64
        let organizationID: OrganizationID
        let kind: String
        let zone: Zone
        let fields: RuleFields
        let policy: CatchUpPolicy
        let planID: ChargePlanID?
        let step: Int?
        let payload: JSONB?
        let first: Occurrence
    }

    /// A cancellation.
    struct Cancelled: Sendable {
        let id: ScheduleID
        let requester: String
        let generation: Int64
    }

    /// Stores requests, at most one per schedule, and returns how many were news.
    static func store(_ list: [Requested], at now: Instant, in tx: borrowing Transaction) throws -> Int {
        try tx.execute(
            storeSQL,
            [
                list.map(\.id), list.map(\.requester), list.map(\.generation), list.map(\.organizationID),
                list.map(\.kind), list.map(\.zone.name), list.map(\.fields.at), list.map(\.fields.date),
                list.map(\.fields.time), list.map(\.fields.every), list.map(\.fields.unit),
                list.map(\.fields.anchorDay), list.map(\.fields.until), list.map(\.fields.count),
                list.map(\.policy), list.map(\.planID), list.map(\.step), list.map(\.payload),
                list.map(\.first.date), list.map(\.first.dueAt), now,
            ])
    }

    private static let storeSQL = """
        INSERT INTO schedules AS s (id, requester, generation, organization_id, kind, zone, once_at, first_date,
            local_time, every, unit, anchor_day, until_date, max_count, catch_up, plan_id, step, payload,
            next_date, next_run_at, state, position, created_at, updated_at, test_clock_id)
        SELECT given.*, 'active', 0, $21, $21,
            (SELECT c.test_clock_id FROM test_clocks c WHERE c.organization_id = given.organization)
        FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::uuid[], $5::text[],
            $6::text[], $7::timestamptz[], $8::date[], $9::time[], $10::integer[], $11::text[], $12::smallint[],
            $13::date[], $14::integer[], $15::text[], $16::uuid[], $17::integer[], $18::jsonb[], $19::date[],
            $20::timestamptz[]) AS given (id, requester, generation, organization)
        ON CONFLICT (id) DO UPDATE SET (generation, organization_id, kind, zone, once_at, first_date, local_time, every,
            unit, anchor_day, until_date, max_count, catch_up, plan_id, step, payload, next_date, next_run_at, state,
            position, updated_at) = ROW (excluded.generation, excluded.organization_id, excluded.kind, excluded.zone,
            excluded.once_at, excluded.first_date, excluded.local_time, excluded.every, excluded.unit,
            excluded.anchor_day, excluded.until_date, excluded.max_count, excluded.catch_up, excluded.plan_id,
            excluded.step, excluded.payload, excluded.next_date, excluded.next_run_at, excluded.state,
            excluded.position, excluded.updated_at)
        WHERE s.requester = excluded.requester AND s.generation < excluded.generation
        """

    /// Cancels schedules, known or not, at most once per schedule, and returns how many were news.
    static func cancel(_ list: [Cancelled], at now: Instant, in tx: borrowing Transaction) throws -> Int {
        try tx.execute(
            cancelSQL, [list.map(\.id), list.map(\.requester), list.map(\.generation), now])
    }

    private static let cancelSQL = """
        INSERT INTO schedules AS s (id, requester, generation, state, created_at, updated_at)
        SELECT given.*, 'cancelled', $4, $4 FROM unnest($1::uuid[], $2::text[], $3::bigint[]) AS given
        ON CONFLICT (id) DO UPDATE SET generation = excluded.generation, state = 'cancelled', next_date = NULL,
            next_run_at = NULL, updated_at = excluded.updated_at
        WHERE s.requester = excluded.requester
          AND (s.generation < excluded.generation
               OR (s.generation = excluded.generation AND s.state <> 'cancelled'))
        """
}
