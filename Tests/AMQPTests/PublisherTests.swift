import AMQP
import EventContracts
import Observability
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10)))
struct PublisherTests {
    @Test("a message arrives with every property and every kind of header")
    func roundTrip() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("q")
            let publisher = try broker.publisher()
            let consumer = try broker.consumer("q")
            let headers: AMQPTable = [
                "text": "grün".value, "number": .integer(-42), "flag": .boolean(true), "ratio": .double(0.5),
                "time": .timestamp(1_700_000_000), "raw": .bytes([0, 255, 1]),
                "nested": .table(["inner": .array([.integer(1), "two".value, .void])]),
            ]
            let message = OutgoingMessage.test("q", "body ✓", headers: headers)
            #expect(await publisher.publish([message]) == [.confirmed])
            let batch = try await consumer.nextBatch(max: 10)
            let delivery = try #require(batch.deliveries.first)
            #expect(batch.deliveries.count == 1)
            #expect(delivery.text == "body ✓")
            #expect(delivery.messageID == message.messageID)
            #expect(delivery.type == "test.happened.v1")
            #expect(delivery.contentType == "text/plain")
            #expect(delivery.appID == "tests")
            #expect(delivery.exchange == "q")
            #expect(delivery.routingKey == "q")
            #expect(delivery.headers == headers)
            #expect(!delivery.redelivered)
            #expect(delivery.deliveryCount == 0)
            await consumer.stop()
            await publisher.stop()
        }
    }

    @Test("bodies of any size arrive whole", arguments: [0, 1, 131_064, 131_065, 400_000])
    func bodySizes(_ size: Int) async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("q")
            let publisher = try broker.publisher()
            let consumer = try broker.consumer("q")
            var message = OutgoingMessage.test("q")
            message.body = (0..<size).map { UInt8(truncatingIfNeeded: $0) }
            #expect(await publisher.publish([message]) == [.confirmed])
            let delivery = try #require(try await consumer.nextBatch(max: 1).deliveries.first)
            #expect(delivery.body == message.body)
            #expect(delivery.announcedBodyBytes == UInt64(size))
            await consumer.stop()
            await publisher.stop()
        }
    }

    @Test("a mandatory message that no queue takes is unroutable, and its neighbours are confirmed")
    func unroutable() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("q")
            let publisher = try broker.publisher()
            let outcomes = await publisher.publish([
                .test("q"), .test("q", key: "nowhere"), .test("q"),
                .test("q", key: "nowhere", mandatory: false), .test("q", key: "nowhere"),
            ])
            #expect(outcomes == [.confirmed, .unroutable, .confirmed, .confirmed, .unroutable])
            await publisher.stop()
        }
    }

    @Test("a full queue refuses, and the outcome says so")
    func refused() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue(
                "q", ["x-max-length": .integer(5), "x-overflow": .string("reject-publish")])
            let publisher = try broker.publisher()
            var refused = 0
            for _ in 0..<20 where await publisher.publish([.test("q")]) == [.nacked] { refused += 1 }
            #expect(refused >= 10)
            await publisher.stop()
        }
    }

    @Test("a missing exchange costs the connection, not the publisher")
    func missingExchange() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("q")
            let publisher = try broker.publisher()
            let outcome = await publisher.publish([.test("absent")])
            guard case .unknown(let reason) = try #require(outcome.first) else {
                Issue.record("expected an unknown outcome, got \(outcome)")
                return
            }
            #expect(reason.contains("404"))
            #expect(await publisher.publish([.test("q")]) == [.confirmed])
            await publisher.stop()
        }
    }

    @Test("outcomes come in the order of the messages, across windows and concurrent callers")
    func order() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("q")
            let publisher = try broker.publisher { $0.limits.windowMessages = 64 }
            await withTaskGroup { group in
                for _ in 0..<4 {
                    group.addTask {
                        let messages = (0..<500).map { index in
                            OutgoingMessage.test("q", key: index % 7 == 0 ? "nowhere" : "q")
                        }
                        let outcomes = await publisher.publish(messages)
                        for (index, outcome) in outcomes.enumerated() {
                            #expect(outcome == (index % 7 == 0 ? .unroutable : .confirmed))
                        }
                    }
                }
            }
            await publisher.stop()
        }
    }

    @Test("after the broker closes the connection the publisher comes back by itself")
    func reconnects() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("q")
            let publisher = try broker.publisher()
            #expect(await publisher.publish([.test("q")]) == [.confirmed])
            try await broker.closeConnections()
            try await eventually("the loss is noticed") {
                broker.metrics.prometheusText().contains(#"messaging_reconnects_total{role="publisher"}"#)
            }
            #expect(await publisher.publish([.test("q")]) == [.confirmed])
            await publisher.stop()
        }
    }

    @Test("without a broker a message comes back as unknown after the time it may wait")
    func noBroker() async throws {
        try await Broker.with { broker in
            let port = try FreePort.find()
            let publisher = try broker.publisher {
                $0.port = port
                $0.timing.publishTimeout = .milliseconds(300)
                $0.timing.readinessGrace = .milliseconds(100)
            }
            let outcome = await publisher.publish([.test("q")])
            guard case .unknown = try #require(outcome.first) else {
                Issue.record("expected an unknown outcome, got \(outcome)")
                return
            }
            #expect(!publisher.isReady)
            await publisher.stop()
            let late = await publisher.publish([.test("q")])
            #expect(late == [.unknown(reason: "the publisher was stopped")])
        }
    }

    @Test("a wrong password is refused again and again without harm")
    func wrongPassword() async throws {
        try await Broker.with { broker in
            let publisher = try broker.publisher {
                $0.password = Secret("wrong")
                $0.timing.publishTimeout = .milliseconds(300)
            }
            let outcome = await publisher.publish([.test("q")])
            guard case .unknown = try #require(outcome.first) else {
                Issue.record("expected an unknown outcome, got \(outcome)")
                return
            }
            await publisher.stop()
        }
    }

    @Test("one connection carries many thousand persistent messages a second to a quorum queue")
    func throughput() async throws {
        try await Broker.with { broker in
            try await broker.makeQueue("q")
            let publisher = try broker.publisher { $0.limits.windowBytes = 4_194_304 }
            let body = String(repeating: "x", count: 512)
            let messages = (0..<2_048).map { _ in OutgoingMessage.test("q", body) }
            #expect(await publisher.publish(Array(messages.prefix(64))).allSatisfy { $0 == .confirmed })
            let rounds = 20
            let start = ContinuousClock.now
            await withTaskGroup { group in
                // Two callers keep the window full while each of them looks at its outcomes.
                for _ in 0..<2 {
                    group.addTask {
                        for _ in 0..<(rounds / 2) {
                            let outcomes = await publisher.publish(messages)
                            #expect(outcomes.allSatisfy { $0 == .confirmed })
                        }
                    }
                }
            }
            let seconds = start.duration(to: .now).inSeconds
            let count = rounds * messages.count
            print(
                "amqp publish: \(count) persistent messages, window 1024: \(Int(Double(count) / seconds))/s")
            await publisher.stop()
        }
    }
}

extension String {
    fileprivate var value: AMQPValue { .string(self) }
}
