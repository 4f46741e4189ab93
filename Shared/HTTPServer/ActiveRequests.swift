import Lifecycle
import Synchronization

/// Counts the requests between their last byte and the last byte of their answer.
final class ActiveRequests: Sendable {
    private struct State {
        var count = 0
        /// Set for good when the last one has ended while somebody waits for that: connections stay open until the
        /// daemon stops, and a request that was suspended in between would abort the process.
        var isClosed = false
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
            guard state.count < limit, !state.isClosed else { return false }
            state.count += 1
            return true
        }
    }

    func end() {
        let waiting = state.withLock { state -> [CheckedContinuation<Void, Never>] in
            state.count -= 1
            guard state.count == 0, !state.waiting.isEmpty else { return [] }
            state.isClosed = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    var count: Int {
        state.withLock { $0.count }
    }

    /// Lets no further request begin.
    func close() {
        state.withLock { $0.isClosed = true }
    }

    /// Waits until there are none, from which moment on none begins any more; false when the time is up first.
    func drain(within deadline: Duration) async -> Bool {
        do {
            try await withDeadline(deadline) { await self.drain() }
            return true
        } catch {
            return false
        }
    }

    private func drain() async {
        await withCheckedContinuation { continuation in
            let isIdle = state.withLock { state -> Bool in
                guard state.count > 0 else {
                    state.isClosed = true
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isIdle { continuation.resume() }
        }
    }
}
