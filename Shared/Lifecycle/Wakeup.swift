import Synchronization

/// Wakes one loop: by a signal, or after a time in any case.
///
/// Signals that come while the loop works are kept as one, so none is lost and none piles up. The time is the net
/// for work whose signal was given in another process or died with it.
public final class Wakeup: Sendable {
    private struct State {
        var isPending = false
        var waiter: CheckedContinuation<Void, Never>?
        var round: UInt64 = 0
        var isOver = false
    }

    private let state = Mutex(State())

    /// Nothing is pending yet.
    public init() {}

    /// Wakes the loop, now or when it waits next.
    public func signal() {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard let waiter = state.waiter else {
                state.isPending = true
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.resume()
    }

    /// Waits for a signal, but no longer than the given time; one caller at a time.
    public func wait(atMost duration: Duration) async {
        let round = state.withLock { state in
            state.round += 1
            state.isOver = false
            return state.round
        }
        let alarm = Task {
            do {
                try await ContinuousClock().sleep(for: duration)
                self.end(round: round)
            } catch {
                // Woken by a signal: there is nothing left to wait for.
            }
        }
        await withCheckedContinuation { continuation in
            // On a busy machine the time may be over before the wait has begun.
            let isAwake = state.withLock { state in
                defer { state.isPending = false }
                guard !state.isPending, !state.isOver else { return true }
                state.waiter = continuation
                return false
            }
            if isAwake { continuation.resume() }
        }
        alarm.cancel()
    }

    /// Ends the wait of one round only, so that an alarm that fires late does not cut the next wait short.
    private func end(round: UInt64) {
        let waiter = state.withLock { state -> CheckedContinuation<Void, Never>? in
            guard state.round == round else { return nil }
            state.isOver = true
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.resume()
    }
}
