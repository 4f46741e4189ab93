import Synchronization

/// Whether a session has its connection, for readiness and metrics.
final class ConnectionStatus: Sendable {
    private struct State {
        var connected = false
        var generation: UInt64 = 0
        var since: ContinuousClock.Instant
        var lastError: AMQPError?
    }

    private let grace: Duration
    private let state: Mutex<State>

    init(grace: Duration) {
        self.grace = grace
        state = Mutex(State(since: ContinuousClock.now))
    }

    /// Whether there is a connection.
    var isConnected: Bool { state.withLock { $0.connected } }

    /// Whether there is a connection, or has been a moment ago.
    var isReady: Bool {
        let now = ContinuousClock.now
        return state.withLock { $0.connected || $0.since.duration(to: now) < grace }
    }

    /// How many connections there have been.
    var generation: UInt64 { state.withLock { $0.generation } }

    /// Why the last connection or attempt failed.
    var lastError: AMQPError? { state.withLock { $0.lastError } }

    func opened() {
        state.withLock { state in
            state.connected = true
            state.generation += 1
            state.since = ContinuousClock.now
        }
    }

    func lost(_ error: AMQPError) {
        state.withLock { state in
            if state.connected { state.since = ContinuousClock.now }
            state.connected = false
            state.lastError = error
        }
    }
}
