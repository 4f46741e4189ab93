import Observability
import Postgres
import Primitives
import TestKit

extension TestDatabase {
    /// How the role connects.
    var configuration: PostgresConfiguration {
        var configuration = PostgresConfiguration(
            host: server.host, port: server.port, database: name, user: role, password: Secret(password),
            applicationName: "tests")
        configuration.poolSize = 4
        configuration.startTimeout = .seconds(10)
        return configuration
    }
}

/// Runs `body` with a started pool on a fresh database, and stops the pool.
func withPool<Value: Sendable>(
    _ change: (inout PostgresConfiguration) -> Void = { _ in },
    _ body: (PostgresPool, TestDatabase) async throws -> Value
) async throws -> Value {
    try await TestDatabase.with(prefix: "pool") { database in
        var configuration = database.configuration
        change(&configuration)
        return try await withPool(configuration) { pool in try await body(pool, database) }
    }
}

/// Runs `body` with a started pool, and stops the pool.
func withPool<Value: Sendable>(
    _ configuration: PostgresConfiguration, metrics: Metrics = Metrics(),
    _ body: (PostgresPool) async throws -> Value
) async throws -> Value {
    let pool = PostgresPool(configuration: configuration, label: "test", log: .silent, metrics: metrics)
    try await pool.start()
    do {
        let value = try await body(pool)
        await pool.stop()
        return value
    } catch {
        await pool.stop()
        throw error
    }
}

extension PostgresPool {
    /// The number that a query returns.
    func number(_ sql: String) async throws -> Int? {
        try await transaction { tx in try tx.query(sql).scalar(as: Int.self) }
    }
}
