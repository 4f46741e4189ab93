import Observability
import Postgres
import Primitives
import TestKit
import Testing

@Suite("Roles of services") struct RoleTests {
    private static let services = ["identity", "invoice", "payment", "scheduler", "notification"]

    private struct Installation {
        let server: PostgresServer
        let prefix: String
        let database: String

        func configuration(_ service: String) -> PostgresConfiguration {
            PostgresConfiguration(
                host: server.host, port: server.port, database: database, user: prefix + service,
                password: Secret("it's \"\(service)\" %"), applicationName: "tests")
        }

        func create() async throws {
            var environment = ["DUELY_ROLE_PREFIX": prefix]
            for service in RoleTests.services {
                environment["DUELY_\(service.uppercased())_DATABASE_PASSWORD"] = "it's \"\(service)\" %"
            }
            try await ChildProcess.succeedWith(
                ["deploy/postgres/create-roles", server.adminURL, database], environment: environment)
        }
    }

    private func withInstallation(_ body: (Installation) async throws -> Void) async throws {
        let unique = "r\(UInt32.random(in: 0...UInt32.max))"
        let installation = Installation(
            server: try await .shared(), prefix: unique + "_", database: unique)
        try await installation.create()
        do {
            try await body(installation)
        } catch {
            Issue.record(error)
        }
        try await installation.server.administer("DROP DATABASE \(unique) WITH (FORCE)")
        for service in Self.services {
            try await installation.server.administer("DROP ROLE \(unique)_\(service)")
        }
    }

    @Test("a role works in its schema and reads no other's, not even with its name") func isolation()
        async throws
    {
        try await withInstallation { installation in
            for service in Self.services {
                try await withPool(installation.configuration(service)) { pool in
                    try await pool.transaction { tx in
                        try tx.execute("CREATE TABLE secrets (value text)")
                        try tx.execute("INSERT INTO secrets VALUES ($1)", [service])
                        let schema = try tx.query("SELECT current_schema()").scalar(as: String.self)
                        #expect(schema == installation.prefix + service)
                    }
                }
            }
            try await withPool(installation.configuration("invoice")) { pool in
                for other in Self.services where other != "invoice" {
                    for statement in [
                        "SELECT * FROM \(installation.prefix)\(other).secrets",
                        "INSERT INTO \(installation.prefix)\(other).secrets VALUES ('x')",
                        "CREATE TABLE \(installation.prefix)\(other).planted (id int)",
                        "SET ROLE \(installation.prefix)\(other)",
                    ] {
                        let error = await #expect(throws: PostgresError.self) {
                            try await pool.transaction { tx in _ = try tx.execute(statement) }
                        }
                        #expect(error?.code == .insufficientPrivilege, "\(statement)")
                    }
                }
                for statement in ["CREATE TABLE public.planted (id int)", "CREATE SCHEMA planted"] {
                    let error = await #expect(throws: PostgresError.self) {
                        try await pool.transaction { tx in _ = try tx.execute(statement) }
                    }
                    #expect(error?.code == .insufficientPrivilege, "\(statement)")
                }
            }
        }
    }

    @Test("running it again changes nothing and keeps the data") func again() async throws {
        try await withInstallation { installation in
            try await withPool(installation.configuration("payment")) { pool in
                try await pool.transaction { tx in _ = try tx.execute("CREATE TABLE kept (id int)") }
            }
            try await installation.create()
            try await withPool(installation.configuration("payment")) { pool in
                let count = try await pool.number("SELECT count(*) FROM kept")
                #expect(count == 0)
            }
        }
    }

    @Test("a missing password is named") func missingPassword() async throws {
        let server = try await PostgresServer.shared()
        let output = try await ChildProcess.run([
            "deploy/postgres/create-roles", server.adminURL, "x", "invoice",
        ])
        #expect(output.status == 1)
        #expect(output.errors.contains("DUELY_INVOICE_DATABASE_PASSWORD is not set"))
    }
}

extension ChildProcess {
    /// Runs a program with an environment and demands success.
    fileprivate static func succeedWith(_ command: [String], environment: [String: String]) async throws {
        let output = try await run(command, environment: environment)
        try #require(output.status == 0, "\(output.errors)")
    }
}
