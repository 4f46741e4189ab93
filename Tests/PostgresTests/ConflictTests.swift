import Observability
import Postgres
import Primitives
import TestKit
import Testing

@Suite("Conflicts") struct ConflictTests {
    private struct Wrapped: Error { let cause: any Error }

    @Test("concurrent increments under SERIALIZABLE all arrive, by running again") func serialization()
        async throws
    {
        let metrics = Metrics()
        try await TestDatabase.with(prefix: "pool") { database in
            try await database.psql("CREATE TABLE n (v bigint); INSERT INTO n VALUES (0)")
            try await withPool(database.configuration, metrics: metrics) { pool in
                let isolation = TransactionOptions(isolation: .serializable, isReadOnly: false)
                try await withThrowingTaskGroup(of: Int.self) { group in
                    for _ in 0..<40 {
                        group.addTask {
                            do {
                                try await pool.transaction(isolation) { tx in
                                    let value = try tx.query("SELECT v FROM n").scalar(as: Int.self) ?? 0
                                    try tx.execute("UPDATE n SET v = $1", [value + 1])
                                }
                                return 1
                            } catch let error as PostgresError where error.code == .serializationFailure {
                                return 0
                            }
                        }
                    }
                    var succeeded = 0
                    for try await one in group { succeeded += one }
                    let stored = try await pool.transaction { tx in
                        try tx.query("SELECT v FROM n").scalar(as: Int.self)
                    }
                    #expect(stored == succeeded)
                    #expect(succeeded > 0)
                }
            }
        }
    }

    @Test("two that read the same row under SERIALIZABLE both arrive, one of them by running again")
    func serializationFailure() async throws {
        let metrics = Metrics()
        try await TestDatabase.with(prefix: "conflict") { database in
            try await database.psql("CREATE TABLE n (v bigint); INSERT INTO n VALUES (0)")
            try await withPool(database.configuration, metrics: metrics) { pool in
                let isolation = TransactionOptions(isolation: .serializable, isReadOnly: false)
                let runs = Tally()
                let met = Tally()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<2 {
                        group.addTask {
                            try await pool.transaction(isolation) { tx in
                                runs.add()
                                let value = try tx.query("SELECT v FROM n").scalar(as: Int.self) ?? 0
                                // The first time both meet here, and neither has seen what the other will write.
                                met.add()
                                while met.value < 2 { try tx.execute("SELECT pg_sleep(0.005)") }
                                try tx.execute("UPDATE n SET v = $1", [value + 1])
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                #expect(runs.value == 3)
                let stored = try await pool.transaction { tx in
                    try tx.query("SELECT v FROM n").scalar(as: Int.self)
                }
                #expect(stored == 2)
            }
        }
        #expect(metrics.prometheusText().contains("cause=\"serializationFailure\""))
    }

    @Test("a deadlock is resolved by running the victim again") func deadlock() async throws {
        try await withPool { pool, database in
            try await database.psql(
                "CREATE TABLE n (id bigint, v bigint); INSERT INTO n VALUES (1, 0), (2, 0)")
            let runs = Tally()
            let met = Tally()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (first, second) in [(1, 2), (2, 1)] {
                    group.addTask {
                        try await pool.transaction { tx in
                            runs.add()
                            try tx.execute("UPDATE n SET v = v + 1 WHERE id = $1", [first])
                            // The first time both meet here, each with one row locked.
                            met.add()
                            while met.value < 2 {
                                try tx.execute("SELECT pg_sleep(0.005)")
                            }
                            try tx.execute("UPDATE n SET v = v + 1 WHERE id = $1", [second])
                        }
                    }
                }
                try await group.waitForAll()
            }
            let values: [Int] = try await pool.transaction { tx in
                try tx.query("SELECT v FROM n ORDER BY id").column(0)
            }
            #expect(values == [2, 2])
            #expect(runs.value == 3)
        }
    }

    @Test("a conflict is retried even if the body replaced the error by its own") func wrapped() async throws
    {
        try await withPool { pool, _ in
            let runs = Tally()
            try await pool.transaction { tx in
                let run = runs.add()
                do {
                    if run < 3 { try raise("40001", tx) }
                } catch {
                    throw Wrapped(cause: error)
                }
            }
            #expect(runs.value == 3)
        }
    }

    @Test("after three retries the conflict reaches the caller") func givesUp() async throws {
        try await withPool { pool, _ in
            let runs = Tally()
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    runs.add()
                    try raise("40P01", tx)
                }
            }
            #expect(error?.code == .deadlock)
            #expect(runs.value == 4)
        }
    }

    @Test("other errors are not retried") func noRetry() async throws {
        try await withPool { pool, _ in
            let runs = Tally()
            await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in
                    runs.add()
                    try raise("23505", tx)
                }
            }
            #expect(runs.value == 1)
        }
    }

    @Test("a statement whose table changed under its plan is prepared anew") func stalePlan() async throws {
        try await withPool({ $0.poolSize = 1 }) { pool, database in
            try await database.psql("CREATE TABLE t (a bigint); INSERT INTO t VALUES (1)")
            let read: @Sendable (borrowing Transaction) throws -> Int = { tx in
                try tx.query("SELECT * FROM t").count
            }
            #expect(try await pool.transaction(read) == 1)
            try await database.psql("ALTER TABLE t ADD b text")
            #expect(try await pool.transaction(read) == 1)
        }
    }
}

/// Has the server report an error with a SQLSTATE.
private func raise(_ state: String, _ tx: borrowing Transaction) throws {
    try tx.execute("DO $$ BEGIN RAISE SQLSTATE '\(state)'; END $$")
}
