import Postgres
import Primitives
import Testing

@Suite("Transactions") struct TransactionTests {
    @Test("a value written in one transaction is read in the next") func roundTrip() async throws {
        try await withPool { pool, _ in
            try await pool.transaction { tx in
                try tx.execute("CREATE TABLE t (id bigint PRIMARY KEY, name text)")
                let changed = try tx.execute("INSERT INTO t VALUES ($1, $2), ($3, $4)", [1, "one", 2, "two"])
                #expect(changed == 2)
            }
            let names: [String] = try await pool.transaction { tx in
                try tx.query("SELECT name FROM t ORDER BY id").column(0)
            }
            #expect(names == ["one", "two"])
        }
    }

    @Test("throwing rolls back and the error reaches the caller") func rollback() async throws {
        struct Refusal: Error {}
        try await withPool { pool, _ in
            try await pool.transaction { tx in _ = try tx.execute("CREATE TABLE t (id bigint)") }
            await #expect(throws: Refusal.self) {
                try await pool.transaction { tx in
                    try tx.execute("INSERT INTO t VALUES (1)")
                    throw Refusal()
                }
            }
            let count = try await pool.transaction { tx in
                try tx.query("SELECT count(*) FROM t").scalar(as: Int.self)
            }
            #expect(count == 0)
        }
    }

    @Test("a swallowed error does not turn into a silent rollback") func swallowed() async throws {
        try await withPool { pool, _ in
            try await pool.transaction { tx in _ = try tx.execute("CREATE TABLE t (id bigint)") }
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    try tx.execute("INSERT INTO t VALUES (1)")
                    do { try tx.execute("SELECT 1/0") } catch {}
                }
            }
            #expect(error?.code == .transactionAborted)
        }
    }

    @Test("hooks run after the commit, once, and only then") func hooks() async throws {
        try await withPool { pool, _ in
            let count = Tally()
            try await pool.transaction { tx in
                tx.afterCommit { count.add() }
                #expect(count.value == 0)
            }
            #expect(count.value == 1)
            _ = try? await pool.transaction { tx in
                tx.afterCommit { count.add() }
                try tx.execute("SELECT 1/0")
            }
            #expect(count.value == 1)
        }
    }
}
