import Synchronization

/// The work did not end within its deadline; it was cancelled and may still run.
public struct DeadlineExceeded: Error, Hashable, Sendable {
    /// How long the work was allowed to take.
    public let deadline: Duration
}

/// Runs work for at most the given time.
///
/// Unlike a task group this returns at the deadline even when the work ignores its cancellation.
///
/// - Throws: `DeadlineExceeded`, or the error of the work.
public func withDeadline<Value: Sendable>(
    _ deadline: Duration, _ work: @escaping @concurrent @Sendable () async throws -> Value
) async throws -> Value {
    let race = Race<Value>()
    let working = Task {
        do {
            race.finish(.success(try await work()))
        } catch {
            race.finish(.failure(error))
        }
    }
    let waiting = Task {
        do {
            try await ContinuousClock().sleep(for: deadline)
            race.finish(.failure(DeadlineExceeded(deadline: deadline)))
        } catch {
            // Cancelled because the work has ended: there is nothing left to decide.
        }
    }
    defer {
        waiting.cancel()
        working.cancel()
    }
    return try await withTaskCancellationHandler {
        try await race.outcome()
    } onCancel: {
        working.cancel()
    }
}

/// Keeps the first of several results and hands it to the one who waits.
private final class Race<Value: Sendable>: Sendable {
    private enum State {
        case open
        case awaited(CheckedContinuation<Value, any Error>)
        case decided(Result<Value, any Error>)
    }

    private let state = Mutex(State.open)

    func finish(_ result: Result<Value, any Error>) {
        let continuation = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            switch state {
            case .open:
                state = .decided(result)
                return nil
            case .awaited(let continuation):
                state = .decided(result)
                return continuation
            case .decided:
                return nil
            }
        }
        continuation?.resume(with: result)
    }

    func outcome() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let decided = state.withLock { state -> Result<Value, any Error>? in
                guard case .decided(let result) = state else {
                    state = .awaited(continuation)
                    return nil
                }
                return result
            }
            if let decided { continuation.resume(with: decided) }
        }
    }
}
