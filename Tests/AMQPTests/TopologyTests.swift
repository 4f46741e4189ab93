import AMQP
import EventContracts
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10)))
struct TopologyTests {
    private static func topology(delay: Int64) -> Topology {
        Topology.exchanges(of: "s").merging(
            Topology.consumer(
                queue: "s.q", of: "s", from: [("s.events", "#")], retryDelaysMilliseconds: [delay, delay]))
    }

    @Test("applying a topology twice is the same as once, and what is missing is named")
    func apply() async throws {
        try await Broker.with { broker in
            let topology = Self.topology(delay: 500)
            let before = try await AMQPTopology.missing(from: topology, configuration: broker.configuration)
            #expect(
                before.sorted() == (topology.exchanges.map(\.name) + topology.queues.map(\.name)).sorted())
            try await broker.apply(topology)
            try await broker.apply(topology)
            #expect(
                try await AMQPTopology.missing(from: topology, configuration: broker.configuration).isEmpty)
            try await AMQPTopology.delete(queue: "s.q.retry.1", configuration: broker.configuration)
            #expect(
                try await AMQPTopology.missing(from: topology, configuration: broker.configuration)
                    == ["s.q.retry.1"])
        }
    }

    @Test("a queue that exists with other arguments is an error, not a surprise")
    func inequivalent() async throws {
        try await Broker.with { broker in
            try await broker.apply(Self.topology(delay: 500))
            let error = await #expect(throws: AMQPError.self) {
                try await broker.apply(Self.topology(delay: 501))
            }
            #expect(error?.code == .channelClosed(406))
        }
    }

    @Test("the broker keeps the arguments that at-least-once dead-lettering depends on")
    func arguments() async throws {
        try await Broker.with { broker in
            try await broker.apply(Self.topology(delay: 500))
            let queue = try await broker.host.server.manage("GET", "/api/queues/\(broker.host.name)/s.q")
            #expect(queue.contains(#""x-dead-letter-strategy":"at-least-once""#))
            #expect(queue.contains(#""x-overflow":"reject-publish""#))
            #expect(queue.contains(#""x-delivery-limit":20"#))
        }
    }

    @Test("a message that waits on a step of the retry ladder comes back to its queue")
    func ladder() async throws {
        try await Broker.with { broker in
            try await broker.apply(Self.topology(delay: 50))
            let publisher = try broker.publisher()
            let consumer = try broker.consumer("s.q")
            #expect(await publisher.publish([.test("s.retry", key: "s.q.retry.2", "later")]) == [.confirmed])
            let batch = try await consumer.nextBatch(max: 1)
            #expect(batch.deliveries.first?.text == "later")
            #expect(batch.deliveries.first?.exchange == "s.requeue")
            await consumer.stop()
            await publisher.stop()
        }
    }

    @Test("a sweep moves, discards and keeps what it is told to")
    func sweep() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("from")
            try await broker.makeQueue("to")
            let publisher = try broker.publisher()
            let messages = ["move", "keep", "discard", "move"].map { OutgoingMessage.test("from", $0) }
            #expect(await publisher.publish(messages).allSatisfy { $0 == .confirmed })
            let left = try await AMQPQueueBrowser.sweep(
                "from", limit: 10, configuration: broker.configuration
            ) {
                switch $0.text {
                case "move": .move(.test("to", "moved"))
                case "discard": .discard
                default: .keep
                }
            }
            #expect(left == 3)
            let moved = try await AMQPQueueBrowser.peek("to", limit: 9, configuration: broker.configuration)
            #expect(moved.map(\.text) == ["moved", "moved"])
            try await eventually("what was kept is back") {
                try await AMQPQueueBrowser.peek("from", limit: 9, configuration: broker.configuration)
                    .map(\.text) == ["keep"]
            }
            await publisher.stop()
        }
    }
}
