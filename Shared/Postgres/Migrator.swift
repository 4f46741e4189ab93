public import Observability
import Primitives

/// Brings a schema up to date.
///
/// Any number of replicas may start at once: one holds an advisory lock and the others wait. Each migration is one
/// transaction. Versions are an order and no level: a series that grows below another one (the shared tables stand
/// before a service's own) is completed whatever has been applied above it. Migrations that a newer release has added
/// to the database are left alone, so an old release can run on a newer schema while a rollout is under way.
public enum Migrator {
    /// Applies the migrations that are missing and returns their versions.
    ///
    /// - Parameters:
    ///   - migrations: The schema's history, in any order.
    ///   - configuration: The database and the role whose schema this is.
    ///   - lockWait: How long to wait for another replica that is migrating.
    ///   - migrationTimeout: How long one statement of a migration may run.
    ///   - log: Where each migration is reported.
    /// - Returns: The versions applied by this call, ascending.
    /// - Throws: `migration` when the database's history differs, or what the statements failed with.
    @discardableResult
    public static func run(
        _ migrations: [Migration], configuration: PostgresConfiguration, lockWait: Duration = .seconds(120),
        migrationTimeout: Duration = .seconds(600), log: Log
    ) async throws(PostgresError) -> [Int] {
        var settings = configuration
        settings.statementTimeout = max(migrationTimeout, lockWait + .seconds(5))
        let history = MigrationHistory(
            migrations, lockWait: lockWait, lockTimeout: configuration.lockTimeout, log: log)
        return try await onOwnThread(settings) { connection throws(PostgresError) in
            try history.apply(on: connection)
        }
    }

    /// Runs `body` with a connection on a thread that exists for this call only.
    private static func onOwnThread<Value: Sendable>(
        _ configuration: PostgresConfiguration,
        _ body: @escaping @Sendable (Connection) throws(PostgresError) -> Value
    ) async throws(PostgresError) -> Value {
        let result: Result<Value, PostgresError> = await withCheckedContinuation { continuation in
            do throws(PostgresError) {
                try PosixThread.start(name: "pg-migrate") {
                    do throws(PostgresError) {
                        let connection = try connect(configuration)
                        continuation.resume(returning: .success(try body(connection)))
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
            } catch {
                continuation.resume(returning: .failure(error))
            }
        }
        return try result.get()
    }

    /// Connects, waiting for a server that is still starting.
    private static func connect(_ configuration: PostgresConfiguration) throws(PostgresError) -> Connection {
        let deadline = MonotonicTime.now + configuration.startTimeout
        let never = Monitor(())
        var backoff = Backoff(first: .milliseconds(100), limit: .seconds(1))
        while true {
            do throws(PostgresError) {
                return try Connection(configuration)
            } catch {
                guard error.code == .connectionFailed, MonotonicTime.now < deadline else { throw error }
                let _: Void? = never.wait(until: .now + backoff.next()) { _ in nil }
            }
        }
    }
}

/// The migrations of a release and the work of comparing them with a database.
private struct MigrationHistory: Sendable {
    private let migrations: [Migration]
    private let lockWait: Duration
    private let lockTimeout: Duration
    private let log: Log

    /// The first key of the advisory locks of migrations ("DUEL").
    private static let lockClass = 0x4455_454C

    init(_ migrations: [Migration], lockWait: Duration, lockTimeout: Duration, log: Log) {
        self.migrations = migrations.sorted { $0.version < $1.version }
        self.lockWait = lockWait
        self.lockTimeout = lockTimeout
        self.log = log
    }

    func apply(on connection: Connection) throws(PostgresError) -> [Int] {
        try checkOwnOrder()
        try connection.runScript("SET lock_timeout = \(lockWait.milliseconds)")
        _ = try connection.run(
            "SELECT pg_advisory_lock($1::integer, hashtext(current_schema()))", [Self.lockClass])
        try connection.runScript("SET lock_timeout = \(lockTimeout.milliseconds)")
        try connection.runScript(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                version integer PRIMARY KEY,
                name text NOT NULL,
                checksum text NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT clock_timestamp()
            )
            """)
        let missing = try compare(with: try applied(on: connection), on: connection)
        for migration in missing { try apply(migration, on: connection) }
        // The lock goes with the connection, which is closed when this returns.
        return missing.map(\.version)
    }

    private func checkOwnOrder() throws(PostgresError) {
        for (earlier, later) in zip(migrations, migrations.dropFirst()) where earlier.version == later.version
        {
            throw failure("version \(later.version) is both '\(earlier.name)' and '\(later.name)'")
        }
    }

    private func applied(on connection: Connection) throws(PostgresError) -> [Int: (
        name: String, checksum: String
    )] {
        var applied: [Int: (name: String, checksum: String)] = [:]
        for row in try connection.run("SELECT version, name, checksum FROM schema_migrations", []) {
            applied[try row.get(0)] = (try row.get(1), try row.get(2))
        }
        return applied
    }

    /// Returns the migrations to apply, or says how the two histories differ.
    private func compare(
        with applied: [Int: (name: String, checksum: String)], on connection: Connection
    ) throws(PostgresError) -> [Migration] {
        var missing: [Migration] = []
        for migration in migrations {
            guard let known = applied[migration.version] else {
                missing.append(migration)
                continue
            }
            let checksum = try checksum(of: migration, on: connection)
            guard known.checksum == checksum else {
                throw failure(
                    "version \(migration.version) '\(migration.name)' has changed since it was applied as "
                        + "'\(known.name)': checksum \(checksum), applied \(known.checksum)")
            }
        }
        let unknown = Set(applied.keys).subtracting(migrations.map(\.version)).sorted()
        if !unknown.isEmpty {
            log.info(
                "the schema is newer than this release",
                ["unknown_versions": .string(unknown.map(String.init).joined(separator: " "))])
        }
        return missing
    }

    private func apply(_ migration: Migration, on connection: Connection) throws(PostgresError) {
        let checksum = try checksum(of: migration, on: connection)
        do throws(PostgresError) {
            try connection.runScript("BEGIN")
            try connection.runScript(String(decoding: migration.sql, as: UTF8.self))
            guard connection.isInTransaction else { throw failure("it must not end its transaction itself") }
            _ = try connection.run(
                "INSERT INTO schema_migrations (version, name, checksum) VALUES ($1, $2, $3)",
                [migration.version, migration.name, checksum])
            let tag = try connection.runScript("COMMIT")
            guard tag == "COMMIT" else { throw failure("it was rolled back") }
        } catch {
            // Closing the connection, which follows, rolls back whatever is open.
            throw PostgresError(
                code: error.code == .other ? .migration : error.code, sqlState: error.sqlState,
                message: "migration \(migration.version) '\(migration.name)': \(error.message)",
                constraint: error.constraint)
        }
        log.info(
            "migration applied", ["version": .int(migration.version), "name": LogValue(migration.name)])
    }

    private func checksum(of migration: Migration, on connection: Connection) throws(PostgresError) -> String
    {
        let rows = try connection.run("SELECT encode(sha256($1), 'hex')", [migration.sql])
        return try rows.scalar() ?? ""
    }

    private func failure(_ message: String) -> PostgresError {
        PostgresError(code: .migration, message: message)
    }
}
