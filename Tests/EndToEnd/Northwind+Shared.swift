import TestKit

extension Northwind {
    private static let started = Task<RunningSystem, any Error> { try await RunningSystem.start() }

    /// Signs a sender up in the system that all journeys share.
    static func open() async throws -> Northwind { try await open(in: try await started.value) }
}
