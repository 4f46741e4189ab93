import Glibc
import Observability
import Postgres
import Primitives
import TestKit
import Testing

@Suite("Lost connections") struct ConnectionLossTests {
    private static let endAll = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        """

    @Test("connections that were cut while idle come back without anyone noticing") func idle() async throws {
        try await withPool { pool, database in
            try await pool.transaction { tx in _ = try tx.execute("CREATE TABLE t (id bigint)") }
            try await database.psql(Self.endAll)
            for id in 1...8 {
                try await pool.transaction { tx in _ = try tx.execute("INSERT INTO t VALUES ($1)", [id]) }
            }
            let count = try await pool.transaction { tx in
                try tx.query("SELECT count(*) FROM t").scalar(as: Int.self)
            }
            #expect(count == 8)
        }
    }

    @Test("a connection lost inside a transaction means that nothing happened") func inside() async throws {
        try await withPool { pool, database in
            try await database.psql("CREATE TABLE t (id bigint)")
            let runs = Tally()
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    runs.add()
                    try tx.execute("INSERT INTO t VALUES (1)")
                    try tx.execute("SELECT pg_terminate_backend(pg_backend_pid())")
                }
            }
            #expect(error?.code == .connectionLost)
            #expect(error?.isInfrastructure == true)
            #expect(runs.value == 1)
            #expect(try await pool.number("SELECT count(*) FROM t") == 0)
        }
    }

    @Test("a connection lost at COMMIT leaves the outcome unknown, and hooks do not run") func atCommit()
        async throws
    {
        try await withPool { pool, database in
            try await database.psql(
                """
                CREATE TABLE t (id bigint);
                CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$
                    BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
                CREATE CONSTRAINT TRIGGER die AFTER INSERT ON t DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION die();
                """)
            let hooks = Tally()
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    tx.afterCommit { hooks.add() }
                    try tx.execute("INSERT INTO t VALUES (1)")
                }
            }
            #expect(error?.code == .outcomeUnknown)
            #expect(hooks.value == 0)
            let answer = try await pool.number("SELECT 1")
            #expect(answer == 1)
        }
    }

    @Test("a constraint checked at COMMIT is a plain failure, not an unknown outcome") func deferred()
        async throws
    {
        try await withPool { pool, database in
            try await database.psql("CREATE TABLE t (id bigint UNIQUE DEFERRABLE INITIALLY DEFERRED)")
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in _ = try tx.execute("INSERT INTO t VALUES (1), (1)") }
            }
            #expect(error?.code == .uniqueViolation)
        }
    }

    @Test("a server that stops answering is given up, and the pool goes on", .timeLimit(.minutes(10)))
    func frozen() async throws {
        try await withPool({ $0.statementTimeout = .seconds(1) }) { pool, _ in
            let frozen = Tally()
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    let pid = try tx.query("SELECT pg_backend_pid()").scalar(as: Int32.self) ?? 0
                    frozen.set(Int(pid))
                    kill(pid, SIGSTOP)
                    try tx.execute("SELECT 1")
                }
            }
            #expect(error?.code == .connectionLost)
            kill(Int32(frozen.value), SIGCONT)
            let answer = try await pool.number("SELECT 1")
            #expect(answer == 1)
        }
    }

    @Test("the pool survives a crash of the server and a time without it", .timeLimit(.minutes(10)))
    func serverCrash() async throws {
        let server = LocalServer(kind: "postgres")
        try await server.start()
        let postgres = try await PostgresServer(adminURL: server.values["DUELY_TEST_POSTGRES"] ?? "")
        let database = try await TestDatabase.create(prefix: "pool", on: postgres)
        try await database.psql("CREATE TABLE t (id bigint)")
        var configuration = database.configuration
        configuration.queueTimeout = .milliseconds(300)
        try await withPool(configuration) { pool in
            try await pool.transaction { tx in _ = try tx.execute("INSERT INTO t VALUES (1)") }
            try await server.crash()
            // Every caller gets an answer while the server is away.
            for _ in 0..<6 {
                let error = await #expect(throws: PostgresError.self) {
                    try await pool.transaction { tx in _ = try tx.execute("INSERT INTO t VALUES (2)") }
                }
                #expect(error?.isInfrastructure == true)
            }
            try await server.start()
            try await eventually("the pool's return") {
                do {
                    return try await pool.transaction { tx in
                        try tx.query("SELECT count(*) FROM t").scalar(as: Int.self)
                    } == 1
                } catch let error as PostgresError {
                    #expect(error.isInfrastructure)
                    return false
                }
            }
        }
        await server.discard()
    }
}
