import Foundation
import Postgres
import Synchronization

/// Runs a transaction on another thread of the pool and blocks this one until it is over.
///
/// Only for tests that need two sessions in a fixed order; called inside a transaction, so on a thread of the pool.
func blockingTransaction(
    _ pool: PostgresPool, _ body: @escaping @Sendable (borrowing Transaction) throws -> Void
) throws {
    let done = DispatchSemaphore(value: 0)
    let outcome = Mutex<Result<Void, any Error>?>(nil)
    Task {
        do {
            try await pool.transaction(body)
            outcome.withLock { $0 = .success(()) }
        } catch {
            outcome.withLock { $0 = .failure(error) }
        }
        done.signal()
    }
    done.wait()
    try outcome.withLock { $0 }?.get()
}
