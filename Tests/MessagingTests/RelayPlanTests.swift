import AMQP
import Postgres
import Primitives
import TestKit
import Testing

@testable import Messaging

struct RelayPlanTests {
    private let now = Instant(seconds: 1_000)
    private let a = RawID(high: 1, low: 1)
    private let b = RawID(high: 2, low: 2)

    private func event(_ id: Int64, _ aggregate: RawID, attempts: Int = 0) -> PendingEvent {
        PendingEvent(
            id: id, eventID: RawID(high: 9, low: UInt64(id)), aggregate: aggregate, exchange: "x",
            routingKey: "k", type: "t", body: [], attempts: attempts)
    }

    @Test("only the first event of each aggregate is published at a time")
    func firstOfEach() {
        let plan = RelayPlan(
            [event(1, a), event(2, b), event(3, a)], missingQueues: { _ in [] }, holdUntil: now)
        #expect(plan.publish.map(\.id) == [1, 2])
        #expect(plan.holds.isEmpty)
    }

    @Test("an event whose queue is missing is held without counting as a failure, and so is what follows it")
    func missing() {
        let plan = RelayPlan(
            [event(1, a, attempts: 2), event(2, a), event(3, b)],
            missingQueues: { $0.id == 1 ? ["q"] : [] }, holdUntil: now)
        #expect(plan.publish.map(\.id) == [3])
        #expect(
            plan.holds == [.init(id: 1, attempts: 2, notBefore: now, reason: "waits for the queue q")])
    }

    @Test("outcomes decide: confirmed leaves, refused waits longer each time, unknown stays as it is")
    func conclusions() {
        let c = RawID(high: 3, low: 3)
        let d = RawID(high: 4, low: 4)
        let plan = RelayPlan(
            [event(1, a), event(2, b, attempts: 3), event(3, c), event(4, d, attempts: 30)],
            missingQueues: { _ in [] }, holdUntil: now)
        var settings = RelaySettings.production
        settings.retryBase = .seconds(1)
        settings.retryMaximum = .seconds(60)
        let conclusion = plan.conclude(
            [.confirmed, .nacked, .unknown(reason: "lost"), .unroutable], now: now, settings: settings)
        #expect(conclusion.confirmed == [1])
        #expect(conclusion.unknown == 1)
        #expect(conclusion.unroutable == 1)
        #expect(
            conclusion.holds == [
                .init(id: 2, attempts: 4, notBefore: now + .seconds(8), reason: "refused by the broker"),
                .init(id: 4, attempts: 31, notBefore: now + .seconds(60), reason: "no queue takes it"),
            ])
    }

    @Test("queues are looked for when they are new, when the connection is, and while they are missing")
    func presence() {
        var presence = QueuePresence()
        let start = ContinuousClock.now
        let interval = Duration.seconds(2)
        func check(_ names: Set<String>, _ generation: UInt64, after seconds: Int) -> [String] {
            presence.toCheck(
                names, generation: generation, now: start + .seconds(seconds), interval: interval)
        }
        #expect(check(["a", "b"], 1, after: 0) == ["a", "b"])
        presence.note(["a", "b"], missing: ["b"], now: start)
        #expect(presence.exists("a") && !presence.exists("b"))
        #expect(check(["a", "b"], 1, after: 1).isEmpty)
        #expect(check(["a"], 1, after: 3) == ["b"])
        presence.note(["b"], missing: [], now: start + .seconds(3))
        #expect(check(["a", "b"], 1, after: 9).isEmpty)
        #expect(check(["a"], 2, after: 9) == ["a", "b"])
    }

    @Test("reading a batch costs the same however long the backlog is", .timeLimit(.minutes(10)))
    func plan() async throws {
        try await Stage.with { stage in
            try await stage.pool.transaction { tx in
                try tx.execute(
                    """
                    INSERT INTO events (event_id, aggregate_id, exchange, routing_key, type, body)
                    SELECT gen_random_uuid(), gen_random_uuid(), 'x', 'k', 't', 'body' FROM generate_series(1, 60000)
                    """)
                try tx.execute("INSERT INTO pending (id, aggregate_id) SELECT id, aggregate_id FROM events")
                try tx.execute("UPDATE pending SET not_before = '2100-01-01Z' WHERE id % 600 = 0")
            }
            let buffers = try await stage.pool.transaction { tx in
                _ = try tx.query(RelayStore.readByIndex)
                let plan = try tx.query(
                    "EXPLAIN (ANALYZE, BUFFERS, SUMMARY OFF) "
                        + RelayStore.selectFresh.replacing("$1", with: "512"))
                let line = try plan.column(0, as: String.self).first { $0.contains("Buffers: shared hit=") }
                return line.flatMap { Int($0.split(separator: "hit=")[1].prefix { $0.isNumber }) }
            }
            // Three pages of an index and one of the table per event, and some for the held ones.
            #expect(try #require(buffers) < 512 * 6)
        }
    }
}
