import Postgres
import Primitives
import TestKit
import Testing

@Suite("Changes that are sent without waiting") struct SendTests {
    private static let table = "CREATE TABLE t (id bigint PRIMARY KEY)"

    @Test("they take place in the order of the calls, before what is asked after them") func order()
        async throws
    {
        try await withPool { pool, database in
            try await database.psql(Self.table)
            let seen = try await pool.transaction { tx in
                for id in 1...300 { try tx.send("INSERT INTO t VALUES ($1)", [id]) }
                try tx.send("DELETE FROM t WHERE id <= $1", [100])
                return try tx.query("SELECT count(*) FROM t").scalar(as: Int.self)
            }
            #expect(seen == 200)
            #expect(try await pool.number("SELECT count(*) FROM t") == 200)
        }
    }

    @Test("a transaction that only sends is committed whole") func commit() async throws {
        try await withPool { pool, database in
            try await database.psql(Self.table)
            try await pool.transaction { tx in
                try tx.send("INSERT INTO t VALUES (1)")
                try tx.send("INSERT INTO t VALUES (2)")
            }
            #expect(try await pool.number("SELECT count(*) FROM t") == 2)
        }
    }

    @Test("the next statement throws what a sent one failed with, and nothing stays") func failsLater()
        async throws
    {
        try await withPool { pool, database in
            try await database.psql(Self.table)
            let reached = Tally()
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    try tx.send("INSERT INTO t VALUES (1)")
                    try tx.send("INSERT INTO t VALUES (1)")
                    _ = try tx.query("SELECT 1")
                    reached.add()
                }
            }
            #expect(error?.code == .uniqueViolation)
            #expect(error?.constraint == "t_pkey")
            #expect(reached.value == 0)
            #expect(try await pool.number("SELECT count(*) FROM t") == 0)
        }
    }

    @Test("the commit throws what the last ones failed with, and hooks do not run") func failsAtCommit()
        async throws
    {
        try await withPool { pool, database in
            try await database.psql(Self.table)
            let hooks = Tally()
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    tx.afterCommit { hooks.add() }
                    _ = try tx.query("SELECT 1")
                    try tx.send("INSERT INTO t VALUES (1)")
                    try tx.send("INSERT INTO t VALUES ($1)", [1])
                }
            }
            #expect(error?.code == .uniqueViolation)
            #expect(hooks.value == 0)
            #expect(try await pool.number("SELECT count(*) FROM t") == 0)
        }
    }

    @Test("a statement that was skipped behind a failure is prepared again") func preparedAgain() async throws
    {
        try await withPool({ $0.poolSize = 1 }) { pool, database in
            try await database.psql(Self.table)
            for _ in 1...2 {
                await #expect(throws: PostgresError.self) {
                    try await pool.transaction { tx in
                        try tx.send("SELECT 1/0")
                        try tx.send("INSERT INTO t VALUES ($1 + 1)", [1])
                    }
                }
            }
            try await pool.transaction { tx in try tx.send("INSERT INTO t VALUES ($1 + 1)", [1]) }
            #expect(try await pool.number("SELECT min(id) FROM t") == 2)
        }
    }

    @Test("megabytes sent while the server answers do not block either side") func large() async throws {
        try await withPool({ $0.poolSize = 1 }) { pool, database in
            try await database.psql("CREATE TABLE t (body text)")
            let text = String(repeating: "x", count: 1 << 20)
            try await pool.transaction { tx in
                for _ in 1...24 { try tx.send("INSERT INTO t VALUES ($1) RETURNING body", [text]) }
            }
            #expect(try await pool.number("SELECT sum(length(body))::bigint FROM t") == 24 << 20)
        }
    }

    @Test("a connection cut while idle is replaced also for a transaction that only sends") func idle()
        async throws
    {
        try await withPool { pool, database in
            try await database.psql(Self.table)
            #expect(try await pool.number("SELECT 1") == 1)
            try await database.psql(
                """
                SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                """)
            for id in 1...8 {
                try await pool.transaction { tx in try tx.send("INSERT INTO t VALUES ($1)", [id]) }
            }
            #expect(try await pool.number("SELECT count(*) FROM t") == 8)
        }
    }

    @Test("what a conflict refuses is run again as a whole") func conflict() async throws {
        try await withPool { pool, database in
            try await database.psql(
                "CREATE TABLE t (id bigint PRIMARY KEY, n bigint); INSERT INTO t VALUES (1, 0)")
            let serializable = TransactionOptions(isolation: .serializable, isReadOnly: false)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 1...2 {
                    group.addTask {
                        try await pool.transaction(serializable) { tx in
                            let n = try tx.query("SELECT n FROM t").scalar(as: Int.self) ?? 0
                            try tx.send("UPDATE t SET n = $1", [n + 1])
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await pool.number("SELECT n FROM t") == 2)
        }
    }
}
