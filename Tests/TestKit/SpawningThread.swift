import Foundation
import Glibc
import Synchronization

/// The one thread that starts child processes.
///
/// Linux sends the parent-death signal when the *thread* that started a child ends, so children must come from a
/// thread that lives as long as the test process.
final class SpawningThread: Sendable {
    static let shared = SpawningThread()

    private let pending = Mutex<[@Sendable () -> Void]>([])
    private let wakeUp = DispatchSemaphore(value: 0)

    private init() {
        Thread.detachNewThread { [self] in
            while true {
                wakeUp.wait()
                let work = pending.withLock { $0.isEmpty ? nil : $0.removeFirst() }
                work?()
            }
        }
    }

    /// Runs the work on the thread and returns what it returned.
    func perform<T: Sendable>(_ work: @escaping @Sendable () throws -> T) async throws -> T {
        try await withCheckedThrowingContinuation { continuation in
            pending.withLock { $0.append { continuation.resume(with: Result(catching: work)) } }
            wakeUp.signal()
        }
    }
}
