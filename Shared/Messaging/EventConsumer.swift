public import AMQP
public import Lifecycle
public import Observability
public import Postgres
import Synchronization

/// Reads the events of one queue and lets handlers handle them, a batch in one transaction.
///
/// A batch that fails is handled one by one, so an event that cannot be handled never takes its neighbours along: it
/// goes up the retry ladder or to the dead letters, and only when its copy is confirmed is it acknowledged. While the
/// database is away, messages wait and no try is spent.
public final class EventConsumer: Service {
    /// The name in logs.
    public let label: String
    private let context: Context
    private let task = Mutex<Task<Void, Never>?>(nil)

    /// Describes a consumer; `start` opens it.
    ///
    /// - Parameters:
    ///   - queue: The queue to read.
    ///   - service: The service that owns the queue and the exchanges for retries and dead letters.
    ///   - handlers: Handlers by type; they run in this order.
    ///   - envelopeHandlers: Handlers of several types; they run after the others.
    ///   - pool: The database that handlers write to.
    ///   - publisher: Publishes what is tried again or given up; may be shared.
    ///   - broker: The broker.
    ///   - settings: Bounds and waiting times.
    ///   - metrics: Where to count.
    ///   - log: Where to report.
    public init(
        queue: String, service: String, handlers: [any EventHandler],
        envelopeHandlers: [any EnvelopeHandler] = [], pool: PostgresPool, publisher: AMQPPublisher,
        broker: AMQPConfiguration, settings: ConsumerSettings, metrics: Metrics, log: Log
    ) {
        label = "consumer \(queue)"
        context = Context(
            queue: queue, service: service, registry: HandlerRegistry(handlers, envelopeHandlers), pool: pool,
            publisher: publisher, broker: broker, settings: settings, metrics: metrics, log: log)
    }

    /// Whether the connection to the broker is there, or has been a moment ago.
    public var isReady: Bool { context.isReady }

    /// Begins to read.
    public func start() async throws {
        let context = context
        task.withLock { task in
            precondition(task == nil, "a consumer is started once")
            task = Task {
                var loop = ConsumerLoop(context)
                await loop.run()
            }
        }
    }

    /// Settles the batch in flight and closes the connection; what was not begun goes back to the queue.
    public func stop() async {
        context.requestStop()
        await task.withLock { $0 }?.value
        await context.closeConsumer()
    }
}

extension EventConsumer {
    /// What the loop of one consumer works with.
    final class Context: Sendable {
        let settings: ConsumerSettings
        let registry: HandlerRegistry
        let transaction: BatchTransaction
        let publisher: AMQPPublisher
        let moved: MovedMessage
        let metrics: ConsumerMetrics
        let log: Log
        let wakeup = Wakeup()
        private let queue: String
        private let broker: AMQPConfiguration
        private let amqpMetrics: AMQPMetrics
        private let pool: PostgresPool
        private let state = Mutex(State())

        private struct State {
            var stopping = false
            var consumer: AMQPConsumer?
        }

        init(
            queue: String, service: String, registry: HandlerRegistry, pool: PostgresPool,
            publisher: AMQPPublisher, broker: AMQPConfiguration, settings: ConsumerSettings, metrics: Metrics,
            log: Log
        ) {
            self.queue = queue
            self.registry = registry
            self.pool = pool
            self.publisher = publisher
            self.broker = broker.named("\(broker.connectionName) \(queue)")
            self.settings = settings
            transaction = BatchTransaction(queue: queue, registry: registry, pool: pool)
            moved = MovedMessage(service: service, queue: queue)
            self.metrics = ConsumerMetrics(metrics, queue: queue)
            amqpMetrics = AMQPMetrics(metrics)
            self.log = log.with(["queue": .string(queue)])
        }

        var isStopping: Bool { state.withLock { $0.stopping } }

        var isReady: Bool { state.withLock { $0.consumer?.isReady ?? false } }

        /// The open consumer, or a new one; nil when it is time to end.
        func openConsumer(prefetch: Int) -> AMQPConsumer? {
            state.withLock { state in
                guard !state.stopping else { return nil }
                if let consumer = state.consumer { return consumer }
                do throws(AMQPError) {
                    state.consumer = try AMQPConsumer(
                        configuration: broker, queue: queue, prefetch: prefetch, metrics: amqpMetrics,
                        log: log)
                } catch {
                    log.error("no thread for a consumer", ["error": LogValue(error: error)])
                }
                return state.consumer
            }
        }

        func requestStop() {
            let consumer = state.withLock { state in
                state.stopping = true
                return state.consumer
            }
            consumer?.drain()
            wakeup.signal()
        }

        func closeConsumer() async {
            let consumer = state.withLock { state in
                defer { state.consumer = nil }
                return state.consumer
            }
            await consumer?.stop()
        }

        /// Returns when the database answers again, or at a stop.
        ///
        /// Messages are held meanwhile: no try is spent. After a while they are given back, because another process
        /// may reach a database that this one does not.
        func waitForDatabase(after error: any Error) async {
            log.warning("the database is away", ["error": LogValue(error: error)])
            metrics.enter(.probing)
            let began = ContinuousClock.now
            var pause = settings.probeBase
            while !isStopping {
                await wakeup.wait(atMost: pause)
                pause = min(settings.probeMaximum, pause * 2)
                if began.duration(to: .now) > settings.giveBackAfter { await closeConsumer() }
                do {
                    try await pool.transaction { tx in _ = try tx.query("SELECT 1") }
                    log.info("the database is back")
                    metrics.enter(.running)
                    return
                } catch {
                    log.debug("the database is still away", ["error": LogValue(error: error)])
                }
            }
        }
    }
}
