import Observability

/// One thread of a pool with its connection, made and used on that thread only.
final class PoolWorker {
    private let configuration: PostgresConfiguration
    private let queue: Monitor<PoolQueue>
    private let stopping: Monitor<Bool>
    private let metrics: PoolMetrics
    private let log: Log
    private var connection: Connection?
    private var backoff = Backoff(first: .milliseconds(100), limit: .seconds(2))

    /// How often a transaction runs that the server keeps refusing because of others.
    static let attemptLimit = 4

    init(
        configuration: PostgresConfiguration, queue: Monitor<PoolQueue>, stopping: Monitor<Bool>,
        metrics: PoolMetrics,
        log: Log
    ) {
        self.configuration = configuration
        self.queue = queue
        self.stopping = stopping
        self.metrics = metrics
        self.log = log
    }

    /// Works until the pool stops.
    func run() {
        while true {
            guard connection != nil || reconnect() else {
                giveUpOverdue()
                if waitOut(backoff.next()) { break }
                continue
            }
            guard let work = nextWork() else { break }
            perform(work)
        }
        dropConnection()
        finishThread()
    }

    // MARK: - Work

    private func nextWork() -> PoolQueue.Work? {
        queue.waitAsWorker { state -> PoolQueue.Work?? in
            if let work = state.popFirst() {
                state.busyCount += 1
                return .some(work)
            }
            return state.phase == .stopping ? .some(nil) : nil
        }
    }

    private func perform(_ work: PoolQueue.Work) {
        let begun = MonotonicTime.now
        let waited = begun.duration(since: work.enqueued)
        metrics.began(afterWaiting: waited)
        if waited > configuration.queueTimeout {
            metrics.refused()
            work.refuse(PostgresError(code: .poolExhausted, message: "waited \(waited) for a connection"))
        } else {
            work.run(self)
        }
        queue.withLock { $0.busyCount -= 1 }
        metrics.ended(after: MonotonicTime.now.duration(since: begun))
        if let connection, !connection.isAlive || connection.isStale { dropConnection() }
    }

    // MARK: - Transactions

    /// Runs a transaction, again where the server asks for it or where the connection had died before it began.
    func transaction<Value>(
        _ options: TransactionOptions, _ body: (borrowing Transaction) throws -> Value
    ) throws -> Value {
        var attempt = 1
        var mayReconnect = true
        while true {
            let connection = try usableConnection()
            do {
                try connection.begin(options.begin)
                return try runBody(on: connection, body)
            } catch {
                rollback(connection)
                // An idle connection that was cut is found out with the first answer, before anything has happened.
                if !connection.isAlive, !connection.wasHeard, mayReconnect {
                    mayReconnect = false
                    dropConnection()
                    continue
                }
                guard let cause = connection.retryableFailure, attempt < Self.attemptLimit else {
                    throw error
                }
                metrics.retried(cause.code)
                log.debug(
                    "transaction is run again",
                    ["sql_state": LogValue(cause.sqlState ?? ""), "attempt": .int(attempt)])
                if connection.isStale { dropConnection() }
                attempt += 1
                _ = waitOut(.milliseconds(Int64.random(in: 5...50)))
            }
        }
    }

    private func runBody<Value>(
        on connection: Connection, _ body: (borrowing Transaction) throws -> Value
    ) throws -> Value {
        let hooks = CommitHooks()
        let value = try body(Transaction(on: connection, hooks: hooks))
        try connection.hear()
        let tag: String
        do throws(PostgresError) {
            tag = try connection.end("COMMIT")
        } catch {
            guard error.code == .connectionLost else { throw error }
            metrics.outcomeUnknown()
            throw PostgresError(code: .outcomeUnknown, sqlState: error.sqlState, message: error.message)
        }
        // COMMIT of a failed transaction succeeds as a ROLLBACK; the caller must not take that for success.
        guard tag == "COMMIT" else {
            throw PostgresError(
                code: .transactionAborted, message: "a statement failed and its error was not thrown")
        }
        hooks.run()
        return value
    }

    private func rollback(_ connection: Connection) {
        guard connection.isAlive, connection.isInTransaction else { return }
        do throws(PostgresError) {
            _ = try connection.end("ROLLBACK")
        } catch {
            // The server rolls back by itself when the connection goes, so closing it is as good.
            dropConnection()
        }
    }

    // MARK: - Connection

    private func usableConnection() throws(PostgresError) -> Connection {
        if let connection, connection.isAlive { return connection }
        dropConnection()
        guard reconnect(), let connection else {
            throw queue.withLock { $0.lastFailure }
                ?? PostgresError(code: .connectionFailed, message: "no connection")
        }
        return connection
    }

    private func reconnect() -> Bool {
        do throws(PostgresError) {
            connection = try Connection(configuration)
            backoff.reset()
            metrics.connected()
            let waiters = queue.withLock { state in
                state.connectedCount += 1
                defer { state.startWaiters.removeAll() }
                return state.startWaiters
            }
            for waiter in waiters { waiter.resume() }
            return true
        } catch {
            metrics.connectFailed()
            log.warning("no connection to Postgres", ["reason": LogValue(error.message)])
            queue.withLock { $0.lastFailure = error }
            return false
        }
    }

    private func dropConnection() {
        guard connection != nil else { return }
        connection = nil
        metrics.disconnected()
        queue.withLock { $0.connectedCount -= 1 }
    }

    /// Answers, while there is no connection, those who have waited long enough.
    private func giveUpOverdue() {
        let now = MonotonicTime.now
        let limit = MonotonicTime(nanoseconds: now.nanoseconds - configuration.queueTimeout.nanoseconds)
        typealias Starters = [CheckedContinuation<Void, any Error>]
        let (overdue, starters, failure) = queue.withLock {
            state -> ([PoolQueue.Work], Starters, PostgresError?) in
            let work = state.connectedCount == 0 ? state.popOverdue(enqueuedBefore: limit) : []
            guard state.startDeadline <= now else { return (work, [], state.lastFailure) }
            defer { state.startWaiters.removeAll() }
            return (work, state.startWaiters, state.lastFailure)
        }
        let error = failure ?? PostgresError(code: .connectionFailed, message: "no connection")
        for work in overdue {
            metrics.refused()
            work.refuse(error)
        }
        for starter in starters { starter.resume(throwing: error) }
    }

    /// Waits; true when the pool stops.
    private func waitOut(_ duration: Duration) -> Bool {
        stopping.wait(until: .now + duration) { $0 ? true : nil } ?? false
    }

    private func finishThread() {
        let (left, waiters) = queue.withLock {
            state -> ([PoolQueue.Work], [CheckedContinuation<Void, Never>]) in
            state.threadCount -= 1
            guard state.threadCount == 0 else { return ([], []) }
            defer { state.stopWaiters.removeAll() }
            return (state.popAll(), state.stopWaiters)
        }
        for work in left { work.refuse(PostgresError(code: .poolStopped, message: "the pool has stopped")) }
        for waiter in waiters { waiter.resume() }
    }
}
