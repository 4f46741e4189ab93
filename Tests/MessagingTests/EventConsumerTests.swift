import AMQP
import EventContracts
import Messaging
import Observability
import Postgres
import Primitives
import TestKit
import Testing

@Suite(.timeLimit(.minutes(10)))
struct EventConsumerTests {
    @Test("a batch is handled in one transaction, and a repeated event has its effect once")
    func batch() async throws {
        try await Stage.with { stage in
            let events = try (0..<100).map { try OutgoingEvent.thing("\($0)") }
            #expect(await stage.publish(events + events).allSatisfy { $0 == .confirmed })
            let consumer = stage.consumer([RecordThing()])
            try await consumer.start()
            try await eventually("all effects") { try await stage.effects().count >= 100 }
            #expect(await stage.publish(events).allSatisfy { $0 == .confirmed })
            try await eventually("an empty queue") { try await stage.isQueueEmpty() }
            await consumer.stop()
            #expect(try await stage.effects() == (0..<100).map(String.init))
            #expect(try await stage.count("SELECT count(DISTINCT transaction::text) FROM effects") <= 10)
            #expect(
                try await stage.count("SELECT count(*) FROM inbox WHERE consumer = 'reader.source'") == 100)
        }
    }

    @Test(
        "an event that cannot be handled yet climbs the ladder and dies at its end; its neighbours do not notice"
    )
    func poison() async throws {
        try await Stage.with { stage in
            let events = try ["a", "transient", "b", "bug", "c"].map { try OutgoingEvent.thing($0) }
            #expect(await stage.publish(events).allSatisfy { $0 == .confirmed })
            let consumer = stage.consumer([RecordThing()])
            try await consumer.start()
            let dead = try await stage.deadLetters(2)
            #expect(Set(dead.map(\.messageID)) == [events[1].id.uuidString, events[3].id.uuidString])
            for letter in dead {
                #expect(letter.reason == "attempts_exhausted")
                #expect(letter.attempts == 4)
                #expect(letter.exchange == "source.events")
                #expect(letter.type == "thing.happened.v1")
                #expect(Instant(rfc3339: letter.firstFailedAt) != nil)
            }
            #expect(dead.map(\.lastError).contains("not yet"))
            await consumer.stop()
            #expect(try await stage.effects() == ["a", "b", "c"])
        }
    }

    @Test("a permanent failure is a dead letter at once, an obsolete event is settled without effect")
    func verdicts() async throws {
        try await Stage.with { stage in
            let events = try ["permanent", "obsolete", "fine"].map { try OutgoingEvent.thing($0) }
            #expect(await stage.publish(events).allSatisfy { $0 == .confirmed })
            let consumer = stage.consumer([RecordThing()])
            try await consumer.start()
            let dead = try await stage.deadLetters(1)
            #expect(dead.map(\.reason) == ["permanent"])
            #expect(dead.map(\.lastError) == ["never"])
            try await eventually("an empty queue") { try await stage.isQueueEmpty() }
            await consumer.stop()
            #expect(try await stage.effects() == ["fine"])
        }
    }

    @Test("what is no event of ours becomes a dead letter with its reason, and its neighbours are handled")
    func unreadable() async throws {
        try await Stage.with { stage in
            let good = try OutgoingEvent.thing("good")
            func broken(_ change: (inout OutgoingMessage) -> Void) -> OutgoingMessage {
                var message = good.message
                message.messageID = RawID.v7().uuidString
                change(&message)
                return message
            }
            let messages = [
                broken { $0.body = [UInt8]("{not json".utf8) },
                broken { $0.body = [0xFF, 0xFE] },
                broken { $0.body = [UInt8](#"{"specversion":"1.0"}"#.utf8) },
                broken { $0.type = "thing.unheard.v1" },
                broken { $0.type = "thing.followed.v1" },
                broken { $0.body = Array(repeating: 0x20, count: 200_000) },
                good.message,
            ]
            #expect(await stage.publisher.publish(messages).allSatisfy { $0 == .confirmed })
            let consumer = stage.consumer([RecordThing()])
            try await consumer.start()
            let dead = try await stage.deadLetters(6)
            #expect(
                dead.map(\.reason).sorted() == [
                    "oversized", "undecodable", "undecodable", "undecodable", "unknown_type", "unknown_type",
                ])
            try await eventually("the good one") { try await stage.effects() == ["good"] }
            await consumer.stop()
        }
    }

    @Test("while the database is away messages wait, and no try is spent")
    func databaseAway() async throws {
        try await Stage.with { stage in
            let consumer = stage.consumer([RecordThing()])
            try await consumer.start()
            #expect(await stage.publish([try .thing("before")]) == [.confirmed])
            try await eventually("the first effect") { try await stage.effects() == ["before"] }
            let server = stage.database.server
            try await server.administer("ALTER DATABASE \(stage.database.name) ALLOW_CONNECTIONS false")
            try await server.administer(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '\(stage.database.name)'"
            )
            #expect(
                await stage.publish([try .thing("during"), try .thing("during")]) == [.confirmed, .confirmed])
            try await eventually("the consumer notices") {
                stage.metrics.prometheusText().contains(#"messaging_consumer_state{queue="reader.source"} 2"#)
            }
            try await server.administer("ALTER DATABASE \(stage.database.name) ALLOW_CONNECTIONS true")
            try await eventually("the effects") {
                let effects = try? await stage.effects()
                return effects == ["before", "during", "during"]
            }
            #expect(!stage.metrics.prometheusText().contains("messaging_retries_total{"))
            #expect(!stage.metrics.prometheusText().contains("messaging_dead_total{"))
            await consumer.stop()
        }
    }

    @Test("a message that was delivered too often is handled alone, and then all goes on as before")
    func suspects() async throws {
        try await Stage.with { stage in
            let events = try (0..<20).map { try OutgoingEvent.thing("\($0)") }
            #expect(await stage.publish(events).allSatisfy { $0 == .confirmed })
            // Three processes that took them and died.
            for _ in 0..<3 {
                let crashing = try AMQPConsumer(
                    configuration: stage.broker, queue: Stage.queue, prefetch: 20,
                    metrics: AMQPMetrics(Metrics()), log: .silent)
                var count = 0
                while count < 20 { count += try await crashing.nextBatch(max: 20).deliveries.count }
                await crashing.stop()
            }
            let recorder = LogRecorder()
            let consumer = stage.consumer(
                [RecordThing()], log: Log(service: "test", level: .info, sink: recorder))
            try await consumer.start()
            try await eventually("all effects") { try await stage.effects().count == 20 }
            #expect(recorder.lines.contains { $0.contains("suspects: handling one by one") })
            #expect(try await stage.count("SELECT count(DISTINCT transaction::text) FROM effects") == 20)
            let later = try (20..<40).map { try OutgoingEvent.thing("\($0)") }
            #expect(await stage.publish(later).allSatisfy { $0 == .confirmed })
            try await eventually("the later effects") { try await stage.effects().count == 40 }
            #expect(recorder.lines.contains { $0.contains("the suspects have passed") })
            await consumer.stop()
        }
    }

    @Test(
        "handling everything twice, or backwards, has the same result",
        arguments: [ConsumerSettings.Rehearsal.twice, .backwards])
    func rehearsed(_ rehearsal: ConsumerSettings.Rehearsal) async throws {
        try await Stage.with { stage in
            let consumer = stage.consumer([RecordThing()]) { $0.rehearsal = rehearsal }
            try await consumer.start()
            let events = try (0..<50).map { try OutgoingEvent.thing("\($0)") }
            #expect(await stage.publish(events).allSatisfy { $0 == .confirmed })
            try await eventually("an empty queue") {
                let effects = try await stage.effects().count
                let isEmpty = try await stage.isQueueEmpty()
                return effects >= 50 && isEmpty
            }
            await consumer.stop()
            #expect(try await stage.effects().count == 50)
        }
    }

    @Test("a handler with a natural key needs no inbox, one for envelopes gets the bytes as published")
    func otherHandlers() async throws {
        try await Stage.with { stage in
            let consumer = stage.consumer(
                [RecordThing(deduplication: .naturalKey("the test counts"))], envelopes: [KeepBytes()])
            try await consumer.start()
            let event = try OutgoingEvent.followed("raw")
            #expect(await stage.publish([try .thing("typed"), event]) == [.confirmed, .confirmed])
            try await eventually("both effects") { try await stage.effects().count == 2 }
            await consumer.stop()
            #expect(
                Set(try await stage.effects()) == [
                    "typed", String(decoding: event.body, as: UTF8.self),
                ])
            #expect(try await stage.count("SELECT count(*) FROM inbox") == 1)
        }
    }

    @Test("what a handler writes to the outbox is published with its commit")
    func chain() async throws {
        try await Stage.with { stage in
            let relay = stage.relay()
            try await relay.start()
            let consumer = stage.consumer([RecordFollowed(), AnswerThing(outbox: stage.outbox)])
            try await consumer.start()
            #expect(await stage.publish([try .thing("question")]) == [.confirmed])
            try await eventually("the answer") { try await stage.effects() == ["answer to question"] }
            await consumer.stop()
            await relay.stop()
        }
    }

    @Test("dead letters can be listed, sent back and discarded")
    func redrive() async throws {
        try await Stage.with { stage in
            let events = try ["permanent", "permanent"].map { try OutgoingEvent.thing($0) }
            #expect(await stage.publish(events).allSatisfy { $0 == .confirmed })
            let strict = stage.consumer([RecordThing()])
            try await strict.start()
            _ = try await stage.deadLetters(2)
            await strict.stop()

            let (redrive, first) = (stage.redrive(), events[0].id.uuidString)
            #expect(try await redrive.sendBack(limit: 10) { $0.messageID == first } == 1)
            let tolerant = stage.consumer([AcceptThing()])
            try await tolerant.start()
            try await eventually("the effect") { try await stage.effects() == ["permanent"] }
            await tolerant.stop()
            try await eventually("the other is back") { try await redrive.list(limit: 10).count == 1 }
            #expect(try await redrive.discard(limit: 10) { _ in true } == 1)
            #expect(try await redrive.count() == 0)
        }
    }

    @Test("a stop settles what was begun and gives the rest back, undelivered")
    func stop() async throws {
        try await Stage.with { stage in
            let events = try (0..<3_000).map { try OutgoingEvent.thing("\($0)") }
            #expect(await stage.publish(events).allSatisfy { $0 == .confirmed })
            let first = stage.consumer([RecordThing()]) { $0.batch = 50 }
            try await first.start()
            try await eventually("some effects") { try await stage.effects().count >= 50 }
            await first.stop()
            let second = stage.consumer([RecordThing()])
            try await second.start()
            try await eventually("all effects") { try await stage.effects().count == 3_000 }
            await second.stop()
            #expect(
                !stage.metrics.prometheusText().contains(
                    "messaging_duplicates_total{queue=\"reader.source\"} 1"))
        }
    }

    @Test("old events and inbox rows go, pending ones stay")
    func retention() async throws {
        try await Stage.with { stage in
            try await stage.write(try (0..<10).map { try OutgoingEvent.thing("\($0)") })
            try await stage.pool.transaction { tx in
                try tx.execute("DELETE FROM pending WHERE id <= 6")
                try tx.execute("INSERT INTO inbox (consumer, event_id) VALUES ('q', gen_random_uuid())")
            }
            let settings = Retention.Settings(
                events: .seconds(60), inbox: .seconds(60), interval: .seconds(1), chunk: 4)
            let later = SystemClock().now() + .seconds(120)
            func remove(_ now: Instant) async throws -> [Int] {
                let removed = try await Retention.removeOnce(pool: stage.pool, settings: settings, now: now)
                return [removed.events, removed.inbox]
            }
            #expect(try await remove(SystemClock().now()) == [0, 0])
            #expect(try await remove(later) == [4, 1])
            #expect(try await remove(later) == [2, 0])
            #expect(try await remove(later) == [0, 0])
            #expect(try await stage.count("SELECT count(*) FROM events") == 4)
        }
    }
}

extension Stage {
    func isQueueEmpty() async throws -> Bool {
        try await host.queues().first { $0.name == Stage.queue }?.messages == 0
    }

    func deadLetters(_ count: Int) async throws -> [DeadLetter] {
        try await eventually("\(count) dead letters") {
            let letters = try await redrive().list(limit: 100)
            return letters.count == count ? letters : nil
        }
    }
}

struct AcceptThing: EventHandler {
    func handle(_ batch: [Received<ThingHappened>], in tx: borrowing Transaction) throws {
        for event in batch { try tx.execute("INSERT INTO effects (text) VALUES ($1)", [event.payload.text]) }
    }
}

struct RecordFollowed: EventHandler {
    func handle(_ batch: [Received<ThingFollowed>], in tx: borrowing Transaction) throws {
        for event in batch { try tx.execute("INSERT INTO effects (text) VALUES ($1)", [event.payload.text]) }
    }
}

struct AnswerThing: EventHandler {
    let outbox: Outbox

    func handle(_ batch: [Received<ThingHappened>], in tx: borrowing Transaction) throws {
        try outbox.write(try batch.map { try OutgoingEvent.followed("answer to \($0.payload.text)") }, in: tx)
    }
}

struct KeepBytes: EnvelopeHandler {
    let types = ["thing.followed.v1"]

    func handle(_ batch: [ReceivedEnvelope], in tx: borrowing Transaction) throws {
        for event in batch {
            try tx.execute(
                "INSERT INTO effects (text) VALUES ($1)", [String(decoding: event.bytes, as: UTF8.self)])
        }
    }
}
