/// A fresh database for one suite, with a role that owns a schema of its own, as every service has one.
public struct TestDatabase: Sendable {
    /// The server it lives on.
    public let server: PostgresServer
    /// The name of the database.
    public let name: String
    /// The role that owns the schema; its search path is that schema.
    public let role: String
    /// The role's password.
    public let password: String

    /// The schema has the name of the role.
    public var schema: String { role }

    /// Where the role connects.
    public var url: String { "postgresql://\(role):\(password)@\(server.host):\(server.port)/\(name)" }

    /// Makes a database on the shared server, or on the one given.
    ///
    /// - Parameters:
    ///   - prefix: the start of the names, to recognise them in logs.
    ///   - server: the shared server when absent.
    /// - Returns: the database, empty but for the schema.
    /// - Throws: `ChildProcess.Failure` with what psql said.
    public static func create(prefix: String = "suite", on server: PostgresServer? = nil) async throws
        -> TestDatabase
    {
        let unique = "\(prefix)_\(String(UInt64.random(in: 0...UInt64.max), radix: 36))"
        let server = if let server { server } else { try await PostgresServer.shared() }
        let database = TestDatabase(
            server: server, name: unique, role: unique, password: "password_of_\(unique)")
        try await server.administer("CREATE ROLE \(unique) LOGIN PASSWORD '\(database.password)'")
        try await server.administer("CREATE DATABASE \(unique)")
        try await server.administer(
            """
            REVOKE ALL ON SCHEMA public FROM PUBLIC;
            CREATE SCHEMA \(unique) AUTHORIZATION \(unique);
            ALTER ROLE \(unique) IN DATABASE \(unique) SET search_path = \(unique);
            """, database: unique)
        return database
    }

    /// Runs the body with a fresh database and drops it afterwards.
    ///
    /// Tests run side by side, each with several connections, so there is a limit to how many have a database at a time.
    @discardableResult
    public static func with<T>(
        prefix: String = "suite", _ body: (TestDatabase) async throws -> T
    ) async throws -> T {
        try await turnstile.pass { try await create(prefix: prefix).use(body) }
    }

    private static let turnstile = Turnstile(limit: 24)

    private func use<T>(_ body: (TestDatabase) async throws -> T) async throws -> T {
        do {
            let value = try await body(self)
            try await drop()
            return value
        } catch {
            try await drop()
            throw error
        }
    }

    /// Runs statements as the role and returns the rows as `a|b` lines.
    @discardableResult
    public func psql(_ sql: String) async throws -> String { try await PostgresServer.psql(url, sql) }

    /// Ends all sessions and deletes database and role.
    public func drop() async throws {
        try await server.administer("DROP DATABASE IF EXISTS \(name) WITH (FORCE)")
        try await server.administer("DROP ROLE IF EXISTS \(role)")
    }
}
