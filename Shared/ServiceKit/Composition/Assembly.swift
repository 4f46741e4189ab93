import AMQP
import EventContracts
import HTTPClient
import HTTPServer
import Lifecycle
import Messaging
import Observability
import Postgres
import Primitives
import Settings

/// A service with everything in its place, in the order in which it starts and, reversed, stops.
struct Assembly {
    private let definition: ServiceDefinition
    private let settings: ServiceSettings
    private let context: ServiceContext
    private let parts: ServiceParts

    /// Reads all settings, the kit's and the service's own, and reports every mistake at once.
    init(_ definition: ServiceDefinition, _ environment: [String: String]) throws {
        var reader = SettingsReader(environment)
        let settings = ServiceSettings(&reader, service: definition.name)
        let log = Log(service: definition.name, level: settings.logLevel)
        let metrics = Metrics()
        let pool = PostgresPool(
            configuration: settings.database.forRequests, label: "requests", log: log, metrics: metrics)
        let batchPool = PostgresPool(
            configuration: settings.database, label: "batches", log: log, metrics: metrics)
        let client = HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumTransfers: 4_096, maximumWaiting: 16_384,
                certificateFile: reader.optionalString("DUELY_CA_FILE"),
                allowsPlainText: true, destinations: .any))
        let context = ServiceContext(
            name: definition.name, log: log, metrics: metrics, clock: TenantClock(settings.clock), pool: pool,
            batchPool: batchPool, database: settings.database, outbox: Outbox(), httpClient: client,
            authenticator: Authenticator(
                configuration: .standard.counting(every: settings.usageInterval),
                source: HTTPKeySource(client: client, identityURL: settings.identityURL),
                pool: pool, clock: settings.clock, log: log, metrics: metrics),
            idempotency: IdempotencyStore(
                pool: pool, clock: settings.clock, lease: .seconds(60), retention: .seconds(86_400)),
            publicURL: settings.publicURL)
        if definition.name != EventCatalogue.auditor {
            context.authenticator.tellUses(
                by: MachineReport(
                    service: definition.name, outbox: context.outbox, interval: settings.useReportInterval))
        }
        let parts = try definition.build(context, &reader)
        try reader.finish()
        self.definition = definition
        self.settings = settings
        self.context = context
        self.parts = parts
    }

    /// Brings the schema to this version; safe to run at any time, by any number of processes.
    func migrate() async throws {
        let applied = try await Migrator.run(
            definition.migrations, configuration: settings.database, log: context.log)
        context.log.info("migrated", ["applied": .int(applied.count)])
    }

    /// Runs until the process is asked to end.
    func run() async throws {
        try await migrate()
        let readiness = Readiness()
        let messaging = try messaging()
        let server = HTTPServer(
            .behindProxy(address: settings.httpHost, port: settings.httpPort), pipeline: pipeline(readiness),
            log: context.log, metrics: context.metrics)
        let services: [any Service] =
            messaging.publishers + [context.pool, context.batchPool, context.authenticator] + messaging.relay
            + housekeeping
            + parts.background + messaging.consumers + [server, readiness]
        try await ServiceGroup(services, log: context.log, stopDeadline: settings.stopDeadline).run()
    }

    /// Publishes every aggregate as it is now; the relay of a running instance sends them.
    func publishSnapshots() async throws {
        try await context.pool.start()
        for source in parts.snapshots {
            var cursor: RawID?
            var count = 0
            repeat {
                let from = cursor
                let outbox = context.outbox
                let page = try await context.pool.transaction { tx in
                    let page = try source.page(after: from, limit: 500, in: tx)
                    try outbox.write(page.events, in: tx)
                    return (next: page.next, count: page.events.count)
                }
                cursor = page.next
                count += page.count
            } while cursor != nil
            context.log.info("snapshots published", ["aggregates": .int(count)])
        }
        await context.pool.stop()
    }

    /// Does what one of the service's own commands says.
    func perform(_ name: String) async throws {
        guard let command = parts.commands.first(where: { $0.name == name }) else {
            let known = ["run", "migrate", "snapshot", "topology"] + parts.commands.map(\.name)
            throw UnknownCommand(command: name, known: known)
        }
        try await context.pool.start()
        do { try await command.run() } catch {
            await context.pool.stop()
            throw error
        }
        await context.pool.stop()
    }

    private struct UnknownCommand: Error, CustomStringConvertible {
        let command: String
        let known: [String]
        var description: String { "\(command) is none of \(known.joined(separator: ", "))" }
    }

    private typealias MessagingServices = (
        publishers: [any Service], relay: [any Service], consumers: [any Service]
    )

    private func messaging() throws -> MessagingServices {
        let broker = settings.broker
        let amqpMetrics = AMQPMetrics(context.metrics)
        let publisher = try AMQPPublisher(
            configuration: broker, role: "relay", metrics: amqpMetrics, log: context.log)
        let relay = Relay(
            service: context.name, outbox: context.outbox, pool: context.batchPool,
            database: settings.database.pool(named: "relay", size: 1, bitmapScan: false),
            publisher: publisher,
            broker: broker, settings: settings.relay,
            mustReach: { address in
                EventCatalogue.mustReach(
                    exchange: address.exchange, type: address.type, routingKey: address.routingKey)
            }, metrics: context.metrics, log: context.log)
        // What is tried again or given up goes over a connection of its own, past the relay's batches.
        let moves = try AMQPPublisher(
            configuration: broker, role: "moves", metrics: amqpMetrics, log: context.log)
        let queues = try QueuePlan.complete(parts.queues, openWork: parts.openWork, of: context)
        let consumers = queues.map { queue in
            EventConsumer(
                queue: queue.queue, service: context.name, handlers: queue.handlers,
                envelopeHandlers: queue.envelopes, pool: context.batchPool, publisher: moves, broker: broker,
                settings: settings.consumer, metrics: context.metrics, log: context.log)
        }
        let publishers = [
            PublisherService(label: "publisher relay", publisher: publisher),
            PublisherService(label: "publisher moves", publisher: moves),
        ]
        return (publishers, [relay], consumers)
    }

    private var housekeeping: [any Service] {
        let answers = context.idempotency
        return [
            Retention.service(pool: context.batchPool, settings: settings.retention, log: context.log),
            BackgroundLoop(label: "idempotency", pause: settings.retention.interval, log: context.log) {
                try await answers.prune(limit: 1_000) == 1_000 ? .more : .idle
            },
            BackgroundLoop(label: "test-clocks", pause: .seconds(1), log: context.log) { [context] in
                try await context.testClocks.load(from: context.batchPool)
                return .idle
            },
        ]
    }

    private func pipeline(_ readiness: Readiness) -> RequestPipeline {
        var router = Router()
        router.group(middleware: context.middleware) { parts.routes(&$0) }
        AdminRoutes(context: context, readiness: readiness, invariants: parts.invariants).add(to: &router)
        return RequestPipeline(
            router: router, problems: ProblemMapping(parts.problems + [DatabaseProblems.rule]),
            proxies: TrustedProxies(settings.trustedProxies.compactMap { IPAddressRange($0) }),
            log: context.log,
            metrics: context.metrics)
    }
}
