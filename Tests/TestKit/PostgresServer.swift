import Foundation

/// The PostgreSQL of this test run: the one that `DUELY_TEST_POSTGRES` names, else one that the test process starts
/// for itself and that ends with it.
public struct PostgresServer: Sendable {
    /// Where the superuser connects, as a `postgresql://` address.
    public let adminURL: String
    /// The address it listens on.
    public let host: String
    /// The port it listens on.
    public let port: Int

    private static let started = Task<PostgresServer, any Error> {
        if let url = ProcessInfo.processInfo.environment["DUELY_TEST_POSTGRES"] {
            return try PostgresServer(adminURL: url)
        }
        let server = LocalServer(kind: "postgres", isTemporary: true)
        try await server.start()
        KeptServers.keep(server)
        return try await PostgresServer(adminURL: server.values["DUELY_TEST_POSTGRES"] ?? "")
    }

    /// The server that all suites share.
    public static func shared() async throws -> PostgresServer { try await started.value }

    /// - Parameter adminURL: `postgresql://user:password@host:port/database`.
    /// - Throws: `ChildProcess.Failure` when that is not such an address.
    public init(adminURL: String) throws {
        guard let parts = URLComponents(string: adminURL), let host = parts.host, let port = parts.port else {
            throw ChildProcess.Failure(
                description: "not a postgresql:// address with host and port: \(adminURL)")
        }
        self.adminURL = adminURL
        self.host = host
        self.port = port
    }

    /// The superuser's address of another database of this server.
    public func adminURL(database: String) -> String {
        var parts = URLComponents(string: adminURL)
        parts?.path = "/" + database
        return parts?.string ?? adminURL
    }

    /// Runs statements as the superuser and returns the rows as `a|b` lines.
    @discardableResult
    public func administer(_ sql: String, database: String? = nil) async throws -> String {
        try await Self.psql(database.map(adminURL(database:)) ?? adminURL, sql)
    }

    static func psql(_ url: String, _ sql: String) async throws -> String {
        try await ChildProcess.succeed([
            "psql", "--no-psqlrc", "--quiet", "--no-align", "--tuples-only", "--set", "ON_ERROR_STOP=1", url,
            "--command", sql,
        ])
    }
}
