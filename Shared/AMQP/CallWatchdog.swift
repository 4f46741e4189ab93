import Glibc
import Synchronization

/// Frees library calls that hang: writing to a broker that has stopped reading blocks for ever.
final class CallWatchdog: Sendable {
    /// One thread watches the calls of every session of the process.
    static let shared = CallWatchdog()

    private static let periodMilliseconds: CInt = 250

    private struct State {
        var guards: [ObjectIdentifier: CallGuard] = [:]
        var running = false
    }

    private let state = Mutex(State())

    private init() {}

    func watch(_ guarded: CallGuard) throws(AMQPError) {
        let start = state.withLock { state in
            state.guards[ObjectIdentifier(guarded)] = guarded
            defer { state.running = true }
            return !state.running
        }
        if start { try DedicatedThread.start("amqp-watchdog") { self.run() } }
    }

    func forget(_ guarded: CallGuard) {
        state.withLock { $0.guards[ObjectIdentifier(guarded)] = nil }
    }

    private func run() {
        while true {
            poll(nil, 0, Self.periodMilliseconds)
            let now = ContinuousClock.now
            for guarded in state.withLock({ Array($0.guards.values) }) { guarded.check(now) }
        }
    }
}

/// The call that one session is making, with its deadline.
final class CallGuard: Sendable {
    private struct State {
        var descriptor: CInt = -1
        var deadline: ContinuousClock.Instant?
        var fired = false
    }

    private let timeout: Duration
    private let onFire: @Sendable () -> Void
    private let state = Mutex(State())

    init(timeout: Duration, onFire: @escaping @Sendable () -> Void) {
        self.timeout = timeout
        self.onFire = onFire
    }

    /// Whether the socket was shut down because a call took too long.
    var hasFired: Bool { state.withLock { $0.fired } }

    /// The socket that a hanging call is freed by; -1 before the library closes it.
    func attach(_ descriptor: CInt) {
        state.withLock { state in
            state.descriptor = descriptor
            state.fired = false
            state.deadline = nil
        }
    }

    func begin() {
        let deadline = ContinuousClock.now + timeout
        state.withLock { $0.deadline = deadline }
    }

    func end() { state.withLock { $0.deadline = nil } }

    func check(_ now: ContinuousClock.Instant) {
        let fire = state.withLock { state in
            guard let deadline = state.deadline, deadline < now, !state.fired, state.descriptor >= 0 else {
                return false
            }
            state.fired = true
            // The library still owns the descriptor: closing it here could hit a socket opened in between.
            shutdown(state.descriptor, CInt(SHUT_RDWR))
            return true
        }
        if fire { onFire() }
    }
}
