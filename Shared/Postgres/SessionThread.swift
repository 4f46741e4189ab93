import CPostgres
import Glibc
import Observability
import Primitives

/// A thread with one long-lived session that is neither pooled nor shared: for LISTEN and for advisory locks.
///
/// It connects, hands the connection to `use` until that throws or returns, and connects again, until it is stopped.
final class SessionThread: Sendable {
    /// How the owner of the thread looks at the outside: whether it should end, and a descriptor that wakes `poll`.
    final class Control: Sendable {
        private let stopped = Monitor(false)
        // Over until the thread begins, so that stopping what was never started returns at once.
        private let ended = Monitor<(isOver: Bool, waiters: [CheckedContinuation<Void, Never>])>((true, []))
        /// Becomes readable when the thread should look at `isStopped`.
        let wakeDescriptor: Int32

        init() { wakeDescriptor = cpg_wake_open() }

        deinit { close(wakeDescriptor) }

        var isStopped: Bool { stopped.withLock { $0 } }

        func requestStop() {
            stopped.update { $0 = true }
            cpg_wake_signal(wakeDescriptor)
        }

        /// Waits; true when the thread should end.
        func waitOut(_ duration: Duration) -> Bool {
            stopped.wait(until: .now + duration) { $0 ? true : nil } ?? false
        }

        fileprivate func markBegun() { ended.update { $0.isOver = false } }

        fileprivate func markEnded() {
            let waiters = ended.update { state in
                state.isOver = true
                defer { state.waiters = [] }
                return state.waiters
            }
            for waiter in waiters { waiter.resume() }
        }

        fileprivate func waitUntilEnded() async {
            await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
                let isOver = ended.withLock { state in
                    if !state.isOver { state.waiters.append(continuation) }
                    return state.isOver
                }
                if isOver { continuation.resume() }
            }
        }
    }

    let control = Control()

    deinit { control.requestStop() }

    func start(
        name: String, configuration: PostgresConfiguration, log: Log,
        use: @escaping @Sendable (Connection, Control) throws(PostgresError) -> Void,
        lost: @escaping @Sendable () -> Void
    ) throws(PostgresError) {
        control.markBegun()
        do throws(PostgresError) {
            try startThread(name: name, configuration: configuration, log: log, use: use, lost: lost)
        } catch {
            control.markEnded()
            throw error
        }
    }

    private func startThread(
        name: String, configuration: PostgresConfiguration, log: Log,
        use: @escaping @Sendable (Connection, Control) throws(PostgresError) -> Void,
        lost: @escaping @Sendable () -> Void
    ) throws(PostgresError) {
        try PosixThread.start(name: name) { [control] in
            var backoff = Backoff(first: .milliseconds(100), limit: .seconds(2))
            while !control.isStopped {
                do throws(PostgresError) {
                    let connection = try Connection(configuration)
                    backoff.reset()
                    try use(connection, control)
                } catch {
                    log.warning(
                        "Postgres session lost",
                        ["session": LogValue(name), "reason": LogValue(error.message)])
                }
                lost()
                if control.isStopped || control.waitOut(backoff.next()) { break }
            }
            control.markEnded()
        }
    }

    func stop() async {
        control.requestStop()
        await control.waitUntilEnded()
    }

    /// Waits until the connection has something to read, the thread is woken, or the time is over.
    static func waitReadable(_ connection: Connection, _ control: Control, for duration: Duration) {
        var descriptors = [
            pollfd(fd: connection.socket, events: Int16(POLLIN), revents: 0),
            pollfd(fd: control.wakeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        let milliseconds = Int32(clamping: duration.milliseconds)
        guard poll(&descriptors, 2, milliseconds) > 0, descriptors[1].revents != 0 else { return }
        cpg_wake_clear(control.wakeDescriptor)
    }
}
