import AMQP
import EventContracts
import Foundation
import Lifecycle
import Messaging
import Observability
import Postgres
import Primitives
import TestKit

/// A database and a virtual host of one test, with a service `source` that publishes and a service `reader` that reads.
struct Stage {
    static let queue = "reader.source"

    let database: TestDatabase
    let host: TestVirtualHost
    let pool: PostgresPool
    let publisher: AMQPPublisher
    let metrics: Metrics
    let outbox = Outbox()

    /// Runs the body on a fresh stage with the topology applied.
    static func with(_ body: (Stage) async throws -> Void) async throws {
        try await TestVirtualHost.with(prefix: "messaging") { host in
            try await TestDatabase.with(prefix: "messaging") { database in
                let stage = try await Stage(database: database, host: host)
                try await AMQPTopology.apply(topology, configuration: stage.broker)
                try await body(stage)
                await stage.publisher.stop()
                await stage.pool.stop()
            }
        }
    }

    static let topology = Topology.exchanges(of: "source").merging(.exchanges(of: "reader")).merging(
        .consumer(
            queue: queue, of: "reader",
            from: [ThingHappened.descriptor, ThingFollowed.descriptor].map { ("source.events", $0.type) },
            retryDelaysMilliseconds: [50, 50, 50, 50]))

    private init(database: TestDatabase, host: TestVirtualHost) async throws {
        self.database = database
        self.host = host
        metrics = Metrics()
        pool = PostgresPool(
            configuration: Self.configuration(database), label: "test", log: .silent, metrics: metrics)
        publisher = try AMQPPublisher(
            configuration: Self.broker(host), role: "publisher", metrics: AMQPMetrics(metrics), log: .silent)
        try await Migrator.run(
            [MessagingSchema.migration, Self.effects], configuration: Self.configuration(database),
            log: .silent)
        try await pool.start()
    }

    /// What handlers of these tests write.
    private static let effects = Migration(
        version: 1, name: "effects",
        sql: [UInt8]("CREATE TABLE effects (no bigserial, event_id uuid, text text, transaction xid8)".utf8))

    var broker: AMQPConfiguration { Self.broker(host) }

    var databaseConfiguration: PostgresConfiguration { Self.configuration(database) }

    private static func broker(_ host: TestVirtualHost) -> AMQPConfiguration {
        var timing = AMQPTiming.production
        timing.reconnectBase = .milliseconds(20)
        timing.reconnectMaximum = .milliseconds(200)
        return AMQPConfiguration(
            host: host.server.host, port: host.server.port, virtualHost: host.name, user: host.server.user,
            password: Secret(host.server.password), tls: nil, connectionName: "test", appID: "source",
            timing: timing, limits: .production)
    }

    private static func configuration(_ database: TestDatabase) -> PostgresConfiguration {
        PostgresConfiguration(
            host: database.server.host, port: database.server.port, database: database.name,
            user: database.role, password: Secret(database.password), applicationName: "test")
    }

    func relay(
        _ configure: (inout RelaySettings) -> Void = { _ in },
        outbox: Outbox? = nil, mustReach: @escaping @Sendable (Relay.PendingAddress) -> [String] = { _ in [] }
    ) -> Relay {
        var settings = RelaySettings.production
        settings.pollInterval = .milliseconds(200)
        settings.leaderPeriod = .milliseconds(50)
        settings.retryBase = .milliseconds(50)
        settings.queueCheckInterval = .milliseconds(100)
        configure(&settings)
        return Relay(
            service: "source", outbox: outbox ?? self.outbox, pool: pool, database: databaseConfiguration,
            publisher: publisher, broker: broker, settings: settings, mustReach: mustReach, metrics: metrics,
            log: .silent)
    }

    func consumer(
        _ handlers: [any EventHandler], envelopes: [any EnvelopeHandler] = [], log: Log = .silent,
        _ configure: (inout ConsumerSettings) -> Void = { _ in }
    ) -> EventConsumer {
        var settings = ConsumerSettings.production
        settings.probeBase = .milliseconds(50)
        settings.moveRetryWait = .milliseconds(50)
        configure(&settings)
        return EventConsumer(
            queue: Self.queue, service: "reader", handlers: handlers, envelopeHandlers: envelopes, pool: pool,
            publisher: publisher, broker: broker, settings: settings, metrics: metrics, log: log)
    }

    func redrive() -> Redrive {
        Redrive(queue: Self.queue, service: "reader", broker: broker, log: .silent)
    }

    /// Publishes events directly, past the outbox.
    func publish(_ events: [OutgoingEvent]) async -> [PublishOutcome] {
        await publisher.publish(events.map(\.message))
    }

    func write(_ events: [OutgoingEvent]) async throws {
        let outbox = outbox
        try await pool.transaction { tx in try outbox.write(events, in: tx) }
    }

    /// The texts of all effects in the order they were written.
    func effects() async throws -> [String] {
        try await pool.transaction { tx in
            try tx.query("SELECT text FROM effects ORDER BY no").column(0, as: String.self)
        }
    }

    func count(_ sql: String) async throws -> Int64 {
        try await pool.transaction { tx in try tx.query(sql).scalar(as: Int64.self) ?? 0 }
    }
}

enum Thing: Identified { static let idPrefix = "thing" }

/// What most of these tests publish; the text tells the handler what to do.
struct ThingHappened: EventPayload {
    static let descriptor = EventDescriptor("thing.happened.v1", of: "source")
    var text: String
}

/// Another type on the same queue.
struct ThingFollowed: EventPayload {
    static let descriptor = EventDescriptor("thing.followed.v1", of: "source")
    var text: String
}

extension OutgoingEvent {
    static func thing(_ text: String, about subject: ID<Thing> = ID(.v7()), id: RawID = .v7()) throws
        -> OutgoingEvent
    {
        try OutgoingEvent(
            ThingHappened(text: text), id: id, subject: subject, tenant: nil, sequence: 1,
            cause: EventCause(traceparent: nil, clockTime: SystemClock().now()))
    }

    static func followed(_ text: String) throws -> OutgoingEvent {
        try OutgoingEvent(
            ThingFollowed(text: text), subject: ID<Thing>(.v7()), tenant: nil, sequence: 1,
            cause: EventCause(traceparent: nil, clockTime: SystemClock().now()))
    }

    var message: OutgoingMessage {
        OutgoingMessage(
            exchange: exchange, routingKey: routingKey, body: body, messageID: id.uuidString, type: type,
            contentType: EventEnvelope.contentType, mandatory: true, persistent: true)
    }
}

/// Writes an effect per event, or fails as the text says.
struct RecordThing: EventHandler {
    var deduplication = Deduplication.inbox

    func handle(_ batch: [Received<ThingHappened>], in tx: borrowing Transaction) throws {
        for event in batch {
            switch event.payload.text {
            case "transient": throw HandlingFailure.transient("not yet")
            case "permanent": throw HandlingFailure.permanent("never")
            case "obsolete": throw HandlingFailure.obsolete("no more")
            case "bug": throw PostgresError(code: .checkViolation, message: "a bug")
            default: break
            }
        }
        try tx.execute(
            """
            INSERT INTO effects (event_id, text, transaction)
            SELECT e, t, pg_current_xact_id() FROM unnest($1::uuid[], $2::text[]) AS u(e, t)
            """, [batch.map(\.envelope.id), batch.map(\.payload.text)])
    }
}
