import Postgres
import Primitives
import TestKit
import Testing

@Suite("Errors") struct ErrorTests {
    private static let schema = """
        CREATE TABLE parent (id bigint PRIMARY KEY);
        CREATE TABLE child (
            id bigint CONSTRAINT child_pk PRIMARY KEY,
            parent bigint NOT NULL CONSTRAINT child_parent REFERENCES parent,
            amount bigint CONSTRAINT child_amount CHECK (amount > 0),
            span int4range, CONSTRAINT child_span EXCLUDE USING gist (span WITH &&)
        );
        INSERT INTO parent VALUES (1);
        INSERT INTO child VALUES (1, 1, 1, '[1,5)');
        """

    private static let violations: [(String, PostgresError.Code, String?)] = [
        ("INSERT INTO child VALUES (1, 1, 1)", .uniqueViolation, "child_pk"),
        ("INSERT INTO child VALUES (2, 9, 1)", .foreignKeyViolation, "child_parent"),
        ("INSERT INTO child VALUES (2, 1, 0)", .checkViolation, "child_amount"),
        ("INSERT INTO child VALUES (2, NULL, 1)", .notNullViolation, nil),
        ("INSERT INTO child VALUES (2, 1, 1, '[4,9)')", .uniqueViolation, "child_span"),
        ("INSERT INTO child VALUES (2, 1, 1, '[9,4)')", .invalidData, nil),
        ("SELECT 1/0", .invalidData, nil),
        ("SELEC 1", .invalidStatement, nil),
        ("SELECT * FROM nowhere", .invalidStatement, nil),
        ("SELECT pg_read_file('/etc/hostname')", .insufficientPrivilege, nil),
    ]

    @Test(
        "each constraint has its code and its name",
        arguments: Self.violations)
    func constraints(sql: String, code: PostgresError.Code, constraint: String?) async throws {
        try await withPool { pool, database in
            try await database.psql(Self.schema)
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in _ = try tx.execute(sql) }
            }
            #expect(error?.code == code)
            #expect(error?.constraint == constraint)
            #expect(error?.sqlState?.count == 5)
            #expect(error?.isInfrastructure == (code == .insufficientPrivilege))
        }
    }

    @Test("a violated constraint does not put the row's values into the message") func noValues() async throws
    {
        try await withPool { pool, database in
            try await database.psql("CREATE TABLE person (email text PRIMARY KEY)")
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    try tx.execute("INSERT INTO person VALUES ($1), ($1)", ["ada@example.com"])
                }
            }
            #expect(error?.code == .uniqueViolation)
            #expect("\(String(describing: error))".contains("ada@") == false)
        }
    }

    @Test("a statement that runs too long is cancelled by the server") func statementTimeout() async throws {
        try await withPool({ $0.statementTimeout = .milliseconds(100) }) { pool, _ in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in _ = try tx.query("SELECT pg_sleep(10)") }
            }
            #expect(error?.code == .statementTimeout)
            let answer = try await pool.number("SELECT 1")
            #expect(answer == 1)
        }
    }

    @Test("a lock that is not granted in time") func lockTimeout() async throws {
        try await withPool({ $0.lockTimeout = .milliseconds(100) }) { pool, database in
            try await database.psql("CREATE TABLE t (id bigint PRIMARY KEY); INSERT INTO t VALUES (1)")
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    try tx.execute("SELECT FROM t FOR UPDATE")
                    // A second session asks for the same row through a function that opens its own connection
                    // in every respect that matters here: a nested transaction on another thread of the pool.
                    try blockingTransaction(pool) { other in _ = try other.execute("SELECT FROM t FOR UPDATE")
                    }
                }
            }
            #expect(error?.code == .lockTimeout)
        }
    }

    @Test("a read-only transaction refuses writes") func readOnly() async throws {
        try await withPool { pool, database in
            try await database.psql("CREATE TABLE t (id bigint)")
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction(.snapshot) { tx in _ = try tx.execute("INSERT INTO t VALUES (1)") }
            }
            #expect(error?.code == .readOnly)
        }
    }

    @Test("COPY is refused without harming the pool") func copy() async throws {
        try await withPool({ $0.poolSize = 1 }) { pool, database in
            try await database.psql("CREATE TABLE t (id bigint)")
            await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in _ = try tx.execute("COPY t FROM STDIN") }
            }
            await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in _ = try tx.execute("COPY t TO STDOUT") }
            }
            let answer = try await pool.number("SELECT 1")
            #expect(answer == 1)
        }
    }

    @Test("a transaction left idle is ended by the server and reported as lost") func idle() async throws {
        try await withPool({ $0.idleInTransactionTimeout = .milliseconds(100) }) { pool, _ in
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    let pid = try tx.query("SELECT pg_backend_pid()").scalar(as: Int.self) ?? 0
                    // Idle inside a transaction, seen from the server, until it has ended the session.
                    try blockingTransaction(pool) { other in
                        while try !other.query("SELECT FROM pg_stat_activity WHERE pid = $1", [pid]).isEmpty {
                            _ = try other.query("SELECT pg_stat_clear_snapshot(), pg_sleep(0.02)")
                        }
                    }
                    try tx.execute("SELECT 1")
                }
            }
            #expect(error?.code == .connectionLost)
        }
    }
}
