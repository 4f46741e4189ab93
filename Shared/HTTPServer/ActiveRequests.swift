import Lifecycle
import Synchronization

/// Counts the requests between their last byte and the last byte of their answer.
final class ActiveRequests: Sendable {
    private struct State {
        var count = 0
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let limit: Int
    private let state = Mutex(State())

    init(limit: Int) {
        self.limit = limit
    }

    /// Takes a place; false when there is none.
    func begin() -> Bool {
        state.withLock { state in
            guard state.count < limit else { return false }
            state.count += 1
            return true
        }
    }

    func end() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.count -= 1
            guard state.count == 0 else { return [] }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    var count: Int {
        state.withLock { $0.count }
    }

    /// Waits until there are none; false when the time is up first.
    func idle(within deadline: Duration) async -> Bool {
        do {
            try await withDeadline(deadline) { await self.idle() }
            return true
        } catch {
            return false
        }
    }

    private func idle() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state -> Bool in
                guard state.count > 0 else { return true }
                state.waiting.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }
}
