public import Lifecycle
public import Observability
import Primitives
import Synchronization

/// A fixed number of threads, each with a connection of its own, and a bounded queue of work for them.
///
/// Connections come back by themselves after the server was away. No thread of Swift's cooperative pool blocks.
public final class PostgresPool: Service {
    /// Names the pool in logs and metrics.
    public let label: String
    private let configuration: PostgresConfiguration
    private let queue = Monitor(PoolQueue())
    private let stopping = Monitor(false)
    private let metrics: PoolMetrics
    private let log: Log
    private let nextID = Atomic<UInt64>(0)

    /// Describes a pool; ``start()`` opens it.
    ///
    /// - Parameters:
    ///   - configuration: The server, the limits and the time-outs.
    ///   - label: Names the pool in logs and metrics.
    ///   - log: Where lost and regained connections are reported.
    ///   - metrics: Where waiting, use, retries and failures are counted.
    public init(configuration: PostgresConfiguration, label: String, log: Log, metrics: Metrics) {
        precondition(
            configuration.poolSize > 0 && configuration.queueLimit > 0, "a pool needs threads and a queue")
        self.configuration = configuration
        self.label = label
        self.log = log.with(["pool": LogValue(label)])
        self.metrics = PoolMetrics(metrics, pool: label)
    }

    deinit { requestStop() }

    /// Starts the threads and waits for the first connection, at most the configured time.
    public func start() async throws {
        let size = configuration.poolSize
        queue.withLock { state in
            precondition(state.phase == .idle, "a pool is started once")
            state.phase = .running
            state.startDeadline = .now + configuration.startTimeout
        }
        for number in 1...size {
            queue.withLock { $0.threadCount += 1 }
            do {
                try startThread(number)
            } catch {
                queue.withLock { $0.threadCount -= 1 }
                requestStop()
                throw error
            }
        }
        do {
            try await withCheckedThrowingContinuation {
                (continuation: CheckedContinuation<Void, any Error>) in
                let isConnected = queue.withLock { state in
                    if state.connectedCount == 0 { state.startWaiters.append(continuation) }
                    return state.connectedCount > 0
                }
                if isConnected { continuation.resume() }
            }
        } catch {
            await stop()
            throw error
        }
    }

    /// Refuses new work, finishes what is waiting, closes the connections and waits for the threads to end.
    public func stop() async {
        requestStop()
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let isOver = queue.withLock { state in
                if state.threadCount > 0 { state.stopWaiters.append(continuation) }
                return state.threadCount == 0
            }
            if isOver { continuation.resume() }
        }
    }

    /// Runs `body` in one read-write transaction; see ``transaction(_:_:)``.
    public func transaction<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try await transaction(.readWrite, body)
    }

    /// Runs `body` in one transaction on a connection's thread and returns what it returns.
    ///
    /// - Important: `body` runs again (up to three times) when the server reports a serialization failure or a
    ///   deadlock, and when an idle connection turns out to be dead at BEGIN. Its only effects may be statements.
    ///   Throwing rolls back. ``PostgresError/Code/outcomeUnknown`` means that the connection was lost at COMMIT.
    /// - Parameters:
    ///   - options: Isolation and access.
    ///   - body: The statements.
    /// - Returns: What `body` returned, after the commit.
    /// - Throws: What `body` threw, or a ``PostgresError``.
    public func transaction<Value: Sendable>(
        _ options: TransactionOptions, _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        try Task.checkCancellation()
        let id = nextID.wrappingAdd(1, ordering: .relaxed).newValue
        // The connection's thread knows nothing of the task that waits for it.
        let moment = TestTime.current
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation {
                (continuation: CheckedContinuation<Value, any Error>) in
                submit(
                    PoolQueue.Work(
                        id: id, enqueued: .now,
                        run: { worker in
                            continuation.resume(
                                with: Result {
                                    try TestTime.at(moment) { try worker.transaction(options, body) }
                                })
                        },
                        refuse: { continuation.resume(throwing: $0) }))
            }
        } onCancel: {
            // Only work that still waits is taken back; what runs is bounded by the statement time-out.
            queue.withLock { $0.remove(id: id) }?.refuse(CancellationError())
        }
    }

    /// How many pieces of work wait, run, and how many connections are up.
    public var statistics: (waiting: Int, busy: Int, connected: Int) {
        queue.withLock { ($0.waitingCount, $0.busyCount, $0.connectedCount) }
    }

    private func submit(_ work: PoolQueue.Work) {
        let limit = configuration.queueLimit
        let refusal: PostgresError? = queue.updateWakingOne { state in
            guard state.phase == .running else {
                return PostgresError(code: .poolStopped, message: "the pool \(label) is not running")
            }
            guard state.waitingCount < limit else {
                return PostgresError(code: .poolExhausted, message: "\(limit) pieces of work wait already")
            }
            state.append(work)
            return nil
        }
        guard let refusal else { return }
        metrics.refused()
        work.refuse(refusal)
    }

    private func startThread(_ number: Int) throws(PostgresError) {
        try PosixThread.start(name: "pg-\(label)-\(number)") {
            [configuration, queue, stopping, metrics, log] in
            let worker = PoolWorker(
                configuration: configuration, queue: queue, stopping: stopping, metrics: metrics, log: log)
            worker.run()
        }
    }

    private func requestStop() {
        queue.update { if $0.phase == .running { $0.phase = .stopping } }
        stopping.update { $0 = true }
    }
}
