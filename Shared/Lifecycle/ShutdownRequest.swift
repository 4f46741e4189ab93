import Synchronization

/// Asks a running `ServiceGroup` to end; the first reason counts.
public final class ShutdownRequest: Sendable {
    private struct State {
        var reason: String?
        var callbacks: [@Sendable () -> Void] = []
    }

    private let state = Mutex(State())

    /// Nothing is asked for yet.
    public init() {}

    /// Asks for the end of the group; safe from any thread and more than once.
    public func request(reason: String) {
        let callbacks = state.withLock { state -> [@Sendable () -> Void] in
            guard state.reason == nil else { return [] }
            state.reason = reason
            defer { state.callbacks = [] }
            return state.callbacks
        }
        for callback in callbacks { callback() }
    }

    /// Why the end was asked for; nil while nobody asked.
    public var reason: String? {
        state.withLock { $0.reason }
    }

    /// Returns once the end was asked for.
    func wait() async {
        await withCheckedContinuation { continuation in
            onRequest { continuation.resume() }
        }
    }

    /// Calls back once, at once if the end was asked for already.
    func onRequest(_ callback: @escaping @Sendable () -> Void) {
        let due = state.withLock { state -> Bool in
            guard state.reason == nil else { return true }
            state.callbacks.append(callback)
            return false
        }
        if due { callback() }
    }
}
