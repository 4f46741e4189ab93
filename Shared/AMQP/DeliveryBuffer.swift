import Synchronization

/// Deliveries between the session's thread and the task that handles them; the prefetch bounds it.
final class DeliveryBuffer: Sendable {
    private struct Waiter {
        let id: UInt64
        let maximum: Int
        let continuation: CheckedContinuation<DeliveryBatch, any Error>
    }

    private struct State {
        var deliveries: [Delivery] = []
        var head = 0
        var waiter: Waiter?
        var nextWaiterID: UInt64 = 0
        var cancelledWaiters: Set<UInt64> = []
        var generation: UInt64 = 0
        var ended = false

        var count: Int { deliveries.count - head }

        mutating func takeBatch(_ maximum: Int) -> DeliveryBatch? {
            guard count > 0 else { return nil }
            let end = head + min(maximum, count)
            let taken = Array(deliveries[head..<end])
            let last = deliveries[end - 1].token
            head = end
            if head == deliveries.count {
                deliveries.removeAll(keepingCapacity: true)
                head = 0
            }
            return DeliveryBatch(taken, last: last)
        }

        /// Gives a waiting task what there is; the caller resumes it outside the lock.
        mutating func matchWaiter() -> (CheckedContinuation<DeliveryBatch, any Error>, DeliveryBatch)? {
            guard let waiter, let batch = takeBatch(waiter.maximum) else { return nil }
            self.waiter = nil
            return (waiter.continuation, batch)
        }
    }

    private let state = Mutex(State())

    /// The number of deliveries that nobody has taken yet.
    var count: Int { state.withLock { $0.count } }

    /// The connection that tokens must be of to mean anything.
    var generation: UInt64 { state.withLock { $0.generation } }

    /// Begins a new connection: what came on the old one will be delivered again.
    func begin(_ generation: UInt64) {
        state.withLock { state in
            state.generation = generation
            state.deliveries = []
            state.head = 0
        }
    }

    func append(_ deliveries: [Delivery]) {
        let match = state.withLock {
            state -> (CheckedContinuation<DeliveryBatch, any Error>, DeliveryBatch)? in
            guard !state.ended else { return nil }
            state.deliveries.append(contentsOf: deliveries)
            return state.matchWaiter()
        }
        if let (continuation, batch) = match { continuation.resume(returning: batch) }
    }

    func end() {
        let waiter = state.withLock { state in
            state.ended = true
            state.deliveries = []
            state.head = 0
            defer { state.waiter = nil }
            return state.waiter
        }
        waiter?.continuation.resume(throwing: AMQPError(code: .stopped, message: "the consumer was stopped"))
    }

    /// What is there, at most this much; waits only while there is nothing.
    ///
    /// - Precondition: One task at a time.
    func next(_ maximum: Int) async throws -> DeliveryBatch {
        let id = state.withLock { state in
            state.nextWaiterID += 1
            return state.nextWaiterID
        }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                enter(Waiter(id: id, maximum: maximum, continuation: continuation))
            }
        } onCancel: {
            cancel(id)
        }
    }

    private enum Entry {
        case waiting
        case batch(DeliveryBatch)
        case failed(any Error)
    }

    private func enter(_ waiter: Waiter) {
        let entry: Entry = state.withLock { state in
            precondition(state.waiter == nil, "one task at a time takes deliveries")
            if state.ended {
                return .failed(AMQPError(code: .stopped, message: "the consumer was stopped"))
            }
            if state.cancelledWaiters.remove(waiter.id) != nil { return .failed(CancellationError()) }
            if let batch = state.takeBatch(waiter.maximum) { return .batch(batch) }
            state.waiter = waiter
            return .waiting
        }
        switch entry {
        case .waiting: break
        case .batch(let batch): waiter.continuation.resume(returning: batch)
        case .failed(let error): waiter.continuation.resume(throwing: error)
        }
    }

    private func cancel(_ id: UInt64) {
        let waiter: Waiter? = state.withLock { state in
            guard let waiter = state.waiter, waiter.id == id else {
                // The cancellation overtook the wait, or came after its end; ids grow, so a stale note is dropped
                // with the next wait.
                state.cancelledWaiters = [id]
                return nil
            }
            state.waiter = nil
            return waiter
        }
        waiter?.continuation.resume(throwing: CancellationError())
    }
}
