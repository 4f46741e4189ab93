import AMQP
import EventContracts
import Messaging
import Observability
import Postgres
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10)))
struct RelayTests {
    private func received(_ count: Int, on stage: Stage) async throws -> [String] {
        let consumer = try AMQPConsumer(
            configuration: stage.broker, queue: Stage.queue, prefetch: 1_000,
            metrics: AMQPMetrics(stage.metrics), log: .silent)
        var texts: [String] = []
        while texts.count < count {
            let batch = try await consumer.nextBatch(max: 500)
            for delivery in batch.deliveries {
                let envelope = try EventEnvelope(parsing: delivery.body)
                #expect(delivery.messageID == envelope.id.uuidString)
                texts.append(try JSON.decode(ThingHappened.self, from: envelope.data).text)
            }
            await consumer.acknowledge(through: batch.last)
        }
        await consumer.stop()
        return texts
    }

    @Test("what is written in a transaction is published after its commit, woken by the commit itself")
    func publishes() async throws {
        try await Stage.with { stage in
            // The net is a minute wide: only the signal can bring the events in time.
            let relay = stage.relay { $0.pollInterval = .seconds(60) }
            try await relay.start()
            try await eventually("leadership") {
                stage.metrics.prometheusText().contains("outbox_leader 1")
            }
            let subject = ID<Thing>(.v7())
            let events = try (0..<50).map { try OutgoingEvent.thing("\($0)", about: subject) }
            try await stage.write(events)
            #expect(try await received(50, on: stage) == (0..<50).map(String.init))
            try await eventually("an empty outbox") {
                try await stage.count("SELECT count(*) FROM pending") == 0
            }
            #expect(try await stage.count("SELECT count(*) FROM events") == 50)
            await relay.stop()
        }
    }

    @Test("a rolled back transaction publishes nothing")
    func rollback() async throws {
        try await Stage.with { stage in
            let outbox = stage.outbox
            let event = try OutgoingEvent.thing("never")
            await #expect(throws: HandlingFailure.self) {
                try await stage.pool.transaction { tx in
                    try outbox.write(event, in: tx)
                    throw HandlingFailure.permanent("no")
                }
            }
            #expect(try await stage.count("SELECT count(*) FROM pending") == 0)
        }
    }

    @Test("an event too large for a frame is refused where it is written")
    func oversized() async throws {
        try await Stage.with { stage in
            let event = try OutgoingEvent.thing(String(repeating: "x", count: Outbox.eventBytesMaximum))
            await #expect(throws: OversizedEvent.self) { try await stage.write([event]) }
        }
    }

    @Test("a type that must reach a queue waits until the queue exists, and others go on")
    func mustReach() async throws {
        try await Stage.with { stage in
            try await AMQPTopology.delete(queue: Stage.queue, configuration: stage.broker)
            // A foreign binding makes the event routable: being mandatory would not notice the missing reader.
            let witness = Topology(
                queues: [
                    QueueDefinition(name: "sub.witness", arguments: ["x-queue-type": .string("quorum")])
                ],
                bindings: [
                    BindingDefinition(exchange: "source.events", queue: "sub.witness", routingKey: "#")
                ])
            try await AMQPTopology.apply(witness, configuration: stage.broker)
            let relay = stage.relay(mustReach: { $0.type == "thing.happened.v1" ? [Stage.queue] : [] })
            try await relay.start()
            try await stage.write([try .thing("held"), try .followed("free")])
            try await eventually("the free event") {
                try await AMQPQueueBrowser.peek("sub.witness", limit: 5, configuration: stage.broker)
                    .map(\.type) == ["thing.followed.v1"]
            }
            let reason = try await eventually("a reason") {
                try await stage.pool.transaction { tx in
                    try tx.query("SELECT last_error FROM pending WHERE not_before IS NOT NULL")
                        .scalar(as: String.self)
                }
            }
            #expect(reason == "waits for the queue reader.source")
            try await AMQPTopology.apply(Stage.topology, configuration: stage.broker)
            #expect(try await received(1, on: stage) == ["held"])
            await relay.stop()
        }
    }

    @Test("an unroutable event holds its own aggregate in order, and nobody else")
    func unroutable() async throws {
        try await Stage.with { stage in
            let elsewhere = Topology(exchanges: [ExchangeDefinition(name: "source.other", kind: .topic)])
            try await AMQPTopology.apply(elsewhere, configuration: stage.broker)
            let relay = stage.relay(mustReach: { $0.exchange == "source.other" ? [Stage.queue] : [] })
            let (stuck, free) = (ID<Thing>(.v7()), ID<Thing>(.v7()))
            try await stage.write([
                try .thing("1", about: stuck), try .thing("free", about: free), try .thing("2", about: stuck),
            ])
            _ = try await stage.pool.transaction { tx in
                try tx.execute(
                    "UPDATE events SET exchange = 'source.other' WHERE aggregate_id = $1 AND id = 1", [stuck])
            }
            try await relay.start()
            #expect(try await received(1, on: stage) == ["free"])
            try await eventually("repeated tries") {
                try await stage.count("SELECT attempts::bigint FROM pending ORDER BY id LIMIT 1") >= 3
            }
            #expect(stage.metrics.prometheusText().contains("outbox_unroutable_total"))
            let binding = Topology(bindings: [
                BindingDefinition(exchange: "source.other", queue: Stage.queue, routingKey: "#")
            ])
            try await AMQPTopology.apply(binding, configuration: stage.broker)
            #expect(try await received(2, on: stage) == ["1", "2"])
            await relay.stop()
        }
    }

    @Test("of two relays one publishes, and the other takes over when it goes")
    func leadership() async throws {
        try await Stage.with { stage in
            // Two processes: each has its own signal.
            let (first, second) = (stage.relay(), stage.relay(outbox: Outbox()))
            try await first.start()
            try await eventually("leadership") {
                stage.metrics.prometheusText().contains("outbox_leader 1")
            }
            try await second.start()
            try await stage.write([try .thing("by the first")])
            #expect(try await received(1, on: stage) == ["by the first"])
            await first.stop()
            try await stage.write([try .thing("by the second")])
            #expect(try await received(1, on: stage) == ["by the second"])
            await second.stop()
        }
    }

    @Test("a backlog is published at thousands a second, each aggregate in order")
    func backlog() async throws {
        try await Stage.with { stage in
            let (aggregates, rounds) = (2_000, 10)
            let subjects = (0..<aggregates).map { _ in ID<Thing>(.v7()) }
            for round in 0..<rounds {
                try await stage.write(try subjects.map { try .thing("\($0) \(round)", about: $0) })
            }
            let relay = stage.relay()
            let start = ContinuousClock.now
            try await relay.start()
            let texts = try await received(aggregates * rounds, on: stage)
            let seconds = start.duration(to: .now).inSeconds
            print("relay: \(texts.count) events of a backlog: \(Int(Double(texts.count) / seconds))/s")
            var next: [Substring: Int] = [:]
            for text in texts {
                let parts = text.split(separator: " ")
                let round = try #require(parts.last.flatMap { Int($0) })
                #expect(next[parts[0], default: 0] == round)
                next[parts[0]] = round + 1
            }
            await relay.stop()
        }
    }
}
