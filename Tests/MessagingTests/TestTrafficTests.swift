import AMQP
import EventContracts
import Messaging
import Observability
import Postgres
import Primitives
import TestKit
import Testing

/// Writes what time it is for whom.
private struct NoteTime: EventHandler {
    let clock = TenantClock(SystemClock())
    let deduplication = Deduplication.naturalKey("only the test's own counting is looked at")

    func handle(_ batch: [Received<ThingHappened>], in tx: borrowing Transaction) throws {
        let now = clock.now().rfc3339
        let isReal = TestTime.current == nil
        for event in batch {
            try tx.execute(
                "INSERT INTO effects (event_id, text) VALUES ($1, $2)",
                [event.envelope.id, "\(event.payload.text) \(isReal ? "real" : now)"])
        }
    }
}

@Suite("What happens by a test clock", .timeLimit(.minutes(10)))
struct TestTrafficTests {
    private static let first = OrganizationID(.v7())
    private static let second = OrganizationID(.v7())

    private static func event(
        _ text: String, of organization: OrganizationID, at moment: Instant?
    ) throws -> OutgoingEvent {
        try TestTime.at(moment) {
            try OutgoingEvent(
                ThingHappened(text: text), subject: ID<Thing>(.v7()), tenant: organization, sequence: 1,
                cause: EventCause(traceparent: nil, clockTime: moment ?? SystemClock().now()))
        }
    }

    @Test("each event is handled at the time of its organization, and counted once however often it comes")
    func handling() async throws {
        try await Stage.with { stage in
            try await Self.addTables(to: stage)
            let (spring, autumn) = (Instant(seconds: 2_000_000_000), Instant(seconds: 2_015_000_000))
            let events = [
                try Self.event("a", of: Self.first, at: spring),
                try Self.event("b", of: Self.second, at: autumn),
                try Self.event("c", of: Self.first, at: nil),
            ]
            #expect(await stage.publish(events + events).allSatisfy { $0 == .confirmed })
            let consumer = stage.consumer([NoteTime()])
            try await consumer.start()
            try await eventually("all effects") { try await Set(stage.effects()).count == 3 }
            try await eventually("an empty queue") { try await stage.isQueueEmpty() }
            await consumer.stop()
            #expect(
                Set(try await stage.effects()) == ["a \(spring.rfc3339)", "b \(autumn.rfc3339)", "c real"])
            let counted = try await stage.pool.transaction { tx in
                (
                    try TestTraffic.counted(for: Self.first, in: tx),
                    try TestTraffic.counted(for: Self.second, in: tx)
                )
            }
            #expect(counted.0.handled == 1 && counted.1.handled == 1)
        }
    }

    @Test("what is written by a test clock says so and is counted once for each queue; nothing else is")
    func writing() async throws {
        try await Stage.with { stage in
            try await Self.addTables(to: stage)
            let due = try TestTime.at(Instant(seconds: 2_000_000_000)) {
                try OutgoingEvent(
                    ChargeDue(
                        scheduleID: ScheduleID(.v7()), generation: 1, planID: ChargePlanID(.v7()), step: 0,
                        date: Zone.utc.date(at: Instant(seconds: 2_000_000_000))),
                    subject: ScheduleID(.v7()), tenant: Self.first, sequence: 1,
                    cause: EventCause(traceparent: nil, clockTime: Instant(seconds: 2_000_000_000)))
            }
            #expect(try EventEnvelope(parsing: due.body).isTestTime)
            let real = try Self.event("real", of: Self.first, at: nil)
            #expect(try !EventEnvelope(parsing: real.body).isTestTime)
            let outbox = stage.outbox
            // The time goes along with the task into its transaction.
            try await TestTime.$current.withValue(Instant(seconds: 2_000_000_000)) {
                try await stage.pool.transaction { tx in try outbox.write([due, real], in: tx) }
            }
            try await stage.write([real])
            let counted = try await stage.pool.transaction { tx in
                try TestTraffic.counted(for: Self.first, in: tx)
            }
            #expect(counted.sent == 1 && counted.handled == 0)
        }
    }

    @Test("an event comes to as many queues as read it")
    func readers() {
        func count(_ exchange: String, _ key: String) -> Int {
            EventCatalogue.readerCount(exchange: exchange, routingKey: key)
        }
        #expect(count("scheduler.events", "charge.due.v1") == 1)
        #expect(count("scheduler.events", "invoice.recurring_invoice") == 1)
        #expect(count("invoice.events", "schedule.requested.v1") == 1)
        #expect(count("invoice.events", "invoice.finalized.v1") == 2)
        #expect(count("scheduler.events", "test_clock.moved.v1") == EventCatalogue.testClockQueues.count)
        #expect(count("scheduler.events", "nobody.reads.this") == 0)
    }

    private static func addTables(to stage: Stage) async throws {
        try await Migrator.run(
            [Migration(version: 5, name: "test_clocks", sql: TestTraffic.sql)],
            configuration: stage.databaseConfiguration, log: .silent)
    }
}
