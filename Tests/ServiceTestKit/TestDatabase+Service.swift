public import Observability
public import Postgres
import Primitives
public import TestKit

extension TestDatabase {
    /// How a program connects to it.
    ///
    /// - Parameter connections: How many at most.
    /// - Returns: Settings with the role's own user and password.
    public func configuration(connections: Int = 4) -> PostgresConfiguration {
        var configuration = PostgresConfiguration(
            host: server.host, port: server.port, database: name, user: role, password: Secret(password),
            applicationName: role)
        configuration.poolSize = connections
        return configuration
    }

    /// Brings the schema up to date and runs the body with a pool of connections to it.
    ///
    /// - Parameters:
    ///   - migrations: Of a service's definition, or some of the kit's.
    ///   - connections: How many at most.
    ///   - metrics: Where the pool counts.
    ///   - body: What is done meanwhile; the pool is stopped after it, also when it throws.
    /// - Throws: What the body throws; `PostgresError` when a migration fails.
    public func withPool(
        migratedTo migrations: [Migration], connections: Int = 4, metrics: Metrics = Metrics(),
        _ body: (PostgresPool, PostgresConfiguration) async throws -> Void
    ) async throws {
        let configuration = configuration(connections: connections)
        _ = try await Migrator.run(migrations, configuration: configuration, log: .silent)
        let pool = PostgresPool(configuration: configuration, label: "test", log: .silent, metrics: metrics)
        try await pool.start()
        do {
            try await body(pool, configuration)
        } catch {
            await pool.stop()
            throw error
        }
        await pool.stop()
    }
}
