public import AMQP
import EventContracts
public import Lifecycle
public import Observability
public import Postgres
import Primitives
import Synchronization

/// Publishes what the outbox holds, in order per aggregate, and takes it off the list when the broker has confirmed it.
///
/// One process of a service does this at a time; two at once would be harmless: readers see an event twice. A crash
/// anywhere means that at most one batch is published again, with the same event ids.
public final class Relay: Service {
    /// The name in logs.
    public let label = "relay"
    private let service: String
    private let store: RelayStore
    private let outbox: Outbox
    private let lock: AdvisoryLock
    private let publisher: AMQPPublisher
    private let broker: AMQPConfiguration
    private let settings: RelaySettings
    private let mustReach: @Sendable (PendingAddress) -> [String]
    private let metrics: RelayMetrics
    private let log: Log
    private let state = Mutex(State())

    private struct State {
        var stopping = false
        var tasks: [Task<Void, Never>] = []
    }

    /// Where an event goes.
    public struct PendingAddress: Sendable {
        /// The exchange.
        public let exchange: String
        /// The versioned type.
        public let type: String
        /// The routing key.
        public let routingKey: String
    }

    /// Describes a relay; `start` begins to ask for leadership.
    ///
    /// - Parameters:
    ///   - service: The service whose outbox it is.
    ///   - outbox: Gives the signal after a commit.
    ///   - pool: The database; short transactions only.
    ///   - database: The same database, for the connection that holds the leader's lock.
    ///   - publisher: Publishes; may be shared with consumers.
    ///   - broker: The broker, for looking after queues.
    ///   - settings: Bounds and waiting times.
    ///   - mustReach: The queues that must exist before an event may be published.
    ///   - metrics: Where to count.
    ///   - log: Where to report.
    public init(
        service: String, outbox: Outbox, pool: PostgresPool, database: PostgresConfiguration,
        publisher: AMQPPublisher, broker: AMQPConfiguration, settings: RelaySettings,
        mustReach: @escaping @Sendable (PendingAddress) -> [String], metrics: Metrics, log: Log
    ) {
        self.service = service
        self.outbox = outbox
        store = RelayStore(pool: pool)
        lock = AdvisoryLock(
            key: Self.lockKey(service), configuration: database, period: settings.leaderPeriod,
            label: "relay-\(service)", log: log)
        self.publisher = publisher
        self.broker = broker
        self.settings = settings
        self.mustReach = mustReach
        self.metrics = RelayMetrics(metrics)
        self.log = log.with(["part": "relay"])
    }

    /// Begins to ask for leadership and, with it, to publish.
    public func start() async throws {
        try await lock.start()
        let follow = Task {
            for await isLeader in lock.changes {
                metrics.leader.set(isLeader ? 1 : 0)
                outbox.wakeup.signal()
            }
        }
        let work = Task { await run() }
        state.withLock { $0.tasks = [follow, work] }
    }

    /// Finishes the batch in flight and gives leadership up.
    public func stop() async {
        let tasks = state.withLock { state in
            state.stopping = true
            return state.tasks
        }
        outbox.wakeup.signal()
        await tasks.last?.value
        await lock.stop()
        for task in tasks { await task.value }
    }

    private var isStopping: Bool { state.withLock { $0.stopping } }

    /// What the loop remembers between two rounds.
    private struct Memory {
        var presence = QueuePresence()
        var measuredAt: ContinuousClock.Instant?
        var dueCheckedAt: ContinuousClock.Instant?
    }

    private func run() async {
        var memory = Memory()
        while !isStopping {
            guard lock.isHeld else {
                await outbox.wakeup.wait(atMost: settings.pollInterval)
                continue
            }
            do {
                if Self.isTime(memory.measuredAt, settings.measureInterval) {
                    memory.measuredAt = .now
                    try await measure()
                }
                let isBusy = try await round(&memory)
                if !isBusy { await outbox.wakeup.wait(atMost: settings.pollInterval) }
            } catch {
                log.warning("the outbox waits", ["error": LogValue(error: error)])
                await outbox.wakeup.wait(atMost: settings.pollInterval)
            }
        }
    }

    /// Publishes one batch of fresh events and those held events that are due; false if there was nothing to do.
    private func round(_ memory: inout Memory) async throws -> Bool {
        // Held events are rare: under load they are looked for now and then, not with every batch.
        if Self.isTime(memory.dueCheckedAt, settings.pollInterval / 5) {
            memory.dueCheckedAt = .now
            let due = try await store.due(settings.batch, now: SystemClock().now())
            if !due.isEmpty { _ = try await publish(due, &memory.presence) }
        }
        let fresh = try await store.fresh(settings.batch)
        guard !fresh.isEmpty else { return false }
        return try await publish(fresh, &memory.presence)
    }

    private static func isTime(_ last: ContinuousClock.Instant?, _ interval: Duration) -> Bool {
        last.map { $0.duration(to: .now) >= interval } ?? true
    }

    /// True if something left the outbox, so that looking again at once makes sense.
    private func publish(_ batch: [PendingEvent], _ presence: inout QueuePresence) async throws -> Bool {
        let required = batch.map { mustReach(PendingAddress($0)) }
        try await look(after: Set(required.joined()), &presence)
        let queues = Dictionary(zip(batch.map(\.id), required)) { first, _ in first }
        let now = SystemClock().now()
        let known = presence
        let plan = RelayPlan(
            batch, missingQueues: { (queues[$0.id] ?? []).filter { !known.exists($0) } },
            holdUntil: now + settings.queueCheckInterval)
        let outcomes = await publisher.publish(
            plan.publish.map { $0.message(from: service, mandatory: queues[$0.id]?.isEmpty == false) })
        let conclusion = plan.conclude(outcomes, now: SystemClock().now(), settings: settings)
        let holds = plan.holds + conclusion.holds
        metrics.unroutable.add(conclusion.unroutable)
        metrics.held.add(holds.count)
        if let hold = holds.first {
            log.warning(
                "events are held back",
                ["count": .int(holds.count), "reason": .string(hold.reason), "first_id": .int(hold.id)])
        }
        try await store.settle(
            confirmed: conclusion.confirmed, private: plan.privateIDs(of: conclusion.confirmed), holds: holds)
        return !conclusion.confirmed.isEmpty || !holds.isEmpty
    }

    private func look(after required: Set<String>, _ presence: inout QueuePresence) async throws {
        let names = presence.toCheck(
            required, generation: publisher.generation, now: .now, interval: settings.queueCheckInterval)
        guard !names.isEmpty else { return }
        let missing = try await AMQPTopology.missingQueues(names, configuration: broker)
        presence.note(names, missing: missing, now: .now)
    }

    private func measure() async throws {
        let length = try await store.measure(now: SystemClock().now(), stuckAttempts: settings.stuckAttempts)
        metrics.pending.set(Double(length.count))
        metrics.oldestSeconds.set(length.oldest)
        metrics.stuck.set(Double(length.stuck))
    }

    /// Locks are per database, and the services may share one: the first half is the service's name, hashed (FNV-1a).
    private static func lockKey(_ service: String) -> (Int32, Int32) {
        let hash = service.utf8.reduce(2_166_136_261 as UInt32) { ($0 ^ UInt32($1)) &* 16_777_619 }
        return (Int32(bitPattern: hash), 1)
    }
}

extension Relay.PendingAddress {
    init(_ event: PendingEvent) {
        self.init(exchange: event.exchange, type: event.type, routingKey: event.routingKey)
    }
}
