import AMQP
import EventContracts
import Observability
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10)))
struct ConsumerTests {
    @Test("a batch holds what is there, at most as much as asked for, in order")
    func batches() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("q")
            let publisher = try broker.publisher()
            let messages = (0..<250).map { OutgoingMessage.test("q", "\($0)") }
            #expect(await publisher.publish(messages).allSatisfy { $0 == .confirmed })
            let consumer = try broker.consumer("q", prefetch: 100)
            var seen: [String] = []
            while seen.count < 250 {
                let batch = try await consumer.nextBatch(max: 40)
                #expect((1...40).contains(batch.deliveries.count))
                seen += batch.deliveries.map(\.text)
                #expect(await consumer.acknowledge(through: batch.last))
            }
            #expect(seen == (0..<250).map(String.init))
            await consumer.stop()
            await publisher.stop()
            let left = try await AMQPTopology.counts(of: "q", configuration: broker.configuration)
            #expect(left.messages == 0)
        }
    }

    @Test(
        "what is not acknowledged comes again, with its count, and tokens of the old connection mean nothing")
    func redelivery() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("q")
            let publisher = try broker.publisher()
            #expect(await publisher.publish([.test("q", "a"), .test("q", "b")]) == [.confirmed, .confirmed])
            let consumer = try broker.consumer("q")
            var first: [Delivery] = []
            while first.count < 2 { first += try await consumer.nextBatch(max: 2).deliveries }
            #expect(await consumer.acknowledge(first[0].token))
            consumer.reconnect(prefetch: 10)
            let again = try #require(try await consumer.nextBatch(max: 2).deliveries.first)
            #expect(again.text == "b")
            #expect(again.redelivered)
            #expect(again.deliveryCount == 1)
            #expect(!consumer.isCurrent(first[1].token))
            #expect(await consumer.acknowledge(first[1].token) == false)
            #expect(await consumer.acknowledge(again.token))
            await consumer.stop()
            await publisher.stop()
        }
    }

    @Test("a refused delivery comes again at once or goes to the dead letters")
    func reject() async throws {
        try await Broker.with { broker in
            try await broker.apply(
                Topology.exchanges(of: "s").merging(
                    Topology.consumer(
                        queue: "s.q", of: "s", from: [("s.events", "#")], retryDelaysMilliseconds: [100])))
            let publisher = try broker.publisher()
            let consumer = try broker.consumer("s.q")
            #expect(await publisher.publish([.test("s.events", key: "x", "m")]) == [.confirmed])
            let first = try await consumer.nextBatch(max: 1)
            #expect(await consumer.reject(first.last, requeue: true))
            let second = try await consumer.nextBatch(max: 1)
            #expect(second.deliveries.first?.deliveryCount == 1)
            #expect(await consumer.reject(second.last, requeue: false))
            let dead = try await eventually("the dead letter") {
                try await AMQPQueueBrowser.peek("s.q.dead", limit: 5, configuration: broker.configuration)
                    .first
            }
            #expect(dead.text == "m")
            #expect(dead.headers["x-first-death-reason"]?.string == "rejected")
            #expect(dead.headers.withoutDeathHeaders.isEmpty)
            await consumer.stop()
            await publisher.stop()
        }
    }

    @Test("a consumer waits for its queue, and for the queue to come back after it was deleted")
    func waitsForQueue() async throws {
        try await Broker.with { broker in
            let consumer = try broker.consumer("q")
            try await broker.makeQueue("q")
            let publisher = try broker.publisher()
            #expect(await publisher.publish([.test("q", "one")]) == [.confirmed])
            let one = try await consumer.nextBatch(max: 1)
            #expect(one.deliveries.first?.text == "one")
            await consumer.acknowledge(through: one.last)
            try await AMQPTopology.delete(queue: "q", configuration: broker.configuration)
            // A quorum queue that is made again within a few milliseconds inherits the deleted one's consumer inside this
            // broker and delivers to nobody; so it stays away until the cancellation has certainly been sent.
            for _ in 0..<30 {
                let missing = try await AMQPTopology.missingQueues(["q"], configuration: broker.configuration)
                #expect(missing == ["q"])
            }
            try await broker.makeQueue("q")
            #expect(await publisher.publish([.test("q", "two")]) == [.confirmed])
            let two = try await consumer.nextBatch(max: 1)
            #expect(two.deliveries.first?.text == "two")
            await consumer.stop()
            await publisher.stop()
        }
    }

    @Test("after the broker closes the connection the consumer comes back by itself")
    func reconnects() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("q")
            let consumer = try broker.consumer("q")
            let publisher = try broker.publisher()
            #expect(await publisher.publish([.test("q", "one")]) == [.confirmed])
            let one = try await consumer.nextBatch(max: 1)
            try await broker.closeConnections()
            let again = try await consumer.nextBatch(max: 1)
            #expect(again.deliveries.first?.text == "one")
            #expect(again.last.generation > one.last.generation)
            await consumer.stop()
            await publisher.stop()
        }
    }

    @Test("a cancelled or stopped wait ends at once")
    func endings() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("q")
            let consumer = try broker.consumer("q")
            let cancelled = Task { try await consumer.nextBatch(max: 1) }
            cancelled.cancel()
            await #expect(throws: CancellationError.self) { try await cancelled.value }
            let stopped = Task { try await consumer.nextBatch(max: 1) }
            await consumer.stop()
            await #expect(throws: AMQPError.self) { try await stopped.value }
            #expect(await consumer.acknowledge(DeliveryToken(generation: 1, tag: 1)) == false)
        }
    }

    @Test("an oversized body is cut off, and the delivery says so")
    func oversized() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("q")
            let publisher = try broker.publisher()
            var message = OutgoingMessage.test("q")
            message.body = Array(repeating: 7, count: 300_000)
            #expect(await publisher.publish([message]) == [.confirmed])
            var configuration = broker.configuration
            configuration.limits.bodyBytes = 1_000
            let consumer = try AMQPConsumer(
                configuration: configuration, queue: "q", prefetch: 1, metrics: AMQPMetrics(broker.metrics),
                log: .silent)
            let delivery = try #require(try await consumer.nextBatch(max: 1).deliveries.first)
            #expect(delivery.body.count == 1_000)
            #expect(delivery.announcedBodyBytes == 300_000)
            await consumer.stop()
            await publisher.stop()
        }
    }
}
