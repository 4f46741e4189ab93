import EventContracts
import Messaging
import Postgres
import Primitives
import Testing

@testable import SchedulerService

extension SchedulerWorld {
    /// What the payment service would ask for.
    func charge(
        _ id: ScheduleID = ScheduleID(.v7()), generation: Int64 = 1, on date: String = "2026-01-20",
        plan: ChargePlanID = ChargePlanID(.v7()), step: Int? = nil, zone: String = "Europe/Berlin"
    ) throws -> ScheduleRequest {
        ScheduleRequest(
            scheduleID: id, generation: generation, organizationID: organizationID, kind: "charge",
            rule: ScheduleRule(date: try Self.day(date), time: .chargeTime),
            zone: try #require(Zone(zone)), catchUp: .all, planID: plan, step: step)
    }

    private static func day(_ text: String) throws -> CivilDate {
        let date: CivilDate? = CivilDate(text)
        return try #require(date)
    }

    /// Something that comes again.
    func recurring(
        _ id: ScheduleID = ScheduleID(.v7()), generation: Int64 = 1, kind: String = "reminder",
        from date: String,
        every: Int, _ unit: ScheduleUnit, until: String? = nil, count: Int? = nil, catchUp: CatchUp = .all,
        zone: String = "Europe/Berlin", payload: [String: String]? = nil
    ) throws -> ScheduleRequest {
        ScheduleRequest(
            scheduleID: id, generation: generation, organizationID: organizationID, kind: kind,
            rule: ScheduleRule(
                date: try Self.day(date), every: every, unit: unit,
                until: try until.map(Self.day), count: count),
            zone: try #require(Zone(zone)), catchUp: catchUp, payload: payload)
    }

    func request(_ schedules: ScheduleRequest..., by service: String = "payment") async throws {
        try await deliver(schedules.map { ScheduleRequested(schedule: $0) }, by: service)
    }

    func change(_ schedules: ScheduleRequest..., by service: String = "payment") async throws {
        try await deliver(schedules.map { ScheduleChanged(schedule: $0) }, by: service)
    }

    func cancel(_ id: ScheduleID, generation: Int64, by service: String = "payment") async throws {
        try await deliver([ScheduleCancelled(scheduleID: id, generation: generation)], by: service)
    }

    /// Hands events to the handler of their type in one transaction, as a consumer does.
    func deliver<Payload: EventPayload>(_ payloads: [Payload], by service: String = "payment") async throws {
        let received = try payloads.map { payload in
            let event = try OutgoingEvent(
                payload, subject: ScheduleID(.v7()), tenant: organizationID, sequence: 1,
                cause: EventCause(traceparent: nil, clockTime: clock.now()), service: service)
            let envelope = try EventEnvelope(parsing: event.body)
            return Received(
                envelope: envelope, payload: try JSON.decode(Payload.self, from: envelope.data))
        }
        let handlers = handlers
        try await pool.transaction { tx in
            for handler in handlers { try Self.handle(received, by: handler, in: tx) }
        }
    }

    private static func handle<Payload: EventPayload, Handler: EventHandler>(
        _ received: [Received<Payload>], by handler: Handler, in tx: borrowing Transaction
    ) throws {
        guard let batch = received as? [Received<Handler.Payload>] else { return }
        try handler.handle(batch, in: tx)
    }

    /// One pass of the tick at the world's time.
    @discardableResult
    func tick(batch: Int = 512, catchUpLimit: Int = 24) async throws -> FireDueSchedules.Outcome {
        let fire = FireDueSchedules(
            outbox: outbox, zones: ZoneCache(), batch: batch, catchUpLimit: catchUpLimit)
        let now = clock.now()
        return try await tickPool.transaction { tx in try fire(at: now, in: tx) }
    }

    /// Passes until nothing more is due.
    func tickUntilIdle(batch: Int = 512) async throws {
        while try await tick(batch: batch).hasMore {}
    }

    /// Moves the clock to a moment and fires what is due then.
    func at(_ text: String) async throws {
        clock.set(try #require(Instant(rfc3339: text)))
        try await tickUntilIdle()
    }

    /// What was published so far, oldest first.
    func published() async throws -> [(envelope: EventEnvelope, exchange: String, routingKey: String)] {
        let rows = try await pool.transaction { tx in
            try tx.query("SELECT body, exchange, routing_key FROM events ORDER BY id").map { row in
                (
                    try row.get(0, as: [UInt8].self), try row.get(1, as: String.self),
                    try row.get(2, as: String.self)
                )
            }
        }
        return try rows.map { (try EventEnvelope(parsing: $0.0), $0.1, $0.2) }
    }

    /// The local days that were published, oldest first.
    func publishedDates() async throws -> [String] {
        try await published().compactMap { $0.envelope.data["date"]?.string }
    }

    /// State and generation of a schedule, as `active 2`.
    func state(_ id: ScheduleID) async throws -> String? {
        try await pool.transaction { tx in
            try tx.query("SELECT state || ' ' || generation FROM schedules WHERE id = $1", [id]).scalar()
        }
    }
}
