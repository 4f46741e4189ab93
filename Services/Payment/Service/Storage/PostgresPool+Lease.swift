import HTTPServer
import Postgres

extension PostgresPool {
    private static let leaseTries = 6

    /// Runs a transaction that locks an invoice behind its holder, again when the holder changed between the two locks.
    ///
    /// - Parameter body: The statements; it says that the invoice changed by a `Problem` with the code `unavailable`.
    /// - Returns: What the body returned, after the commit.
    /// - Throws: What the body threw, or a `PostgresError`.
    func transactionUnderLease<Value: Sendable>(
        _ body: @escaping @Sendable (borrowing Transaction) throws -> Value
    ) async throws -> Value {
        for _ in 1..<Self.leaseTries {
            do {
                return try await transaction(body)
            } catch let problem as Problem where problem.code == "unavailable" {
                continue
            }
        }
        return try await transaction(body)
    }
}
