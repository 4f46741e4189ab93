import Observability
import Postgres
import Primitives
import TestKit
import Testing

@Suite("Pool") struct PoolTests {
    @Test("every connection carries the planner settings and the time-outs") func settings() async throws {
        try await withPool({
            $0.bitmapScan = false
            $0.statementTimeout = .seconds(7)
            $0.lockTimeout = .milliseconds(1_500)
            $0.sessionSettings = ["enable_hashjoin": "off"]
        }) { pool, _ in
            let names = [
                "plan_cache_mode", "random_page_cost", "jit", "enable_bitmapscan", "TimeZone",
                "statement_timeout",
                "lock_timeout", "idle_in_transaction_session_timeout", "application_name", "client_encoding",
                "enable_hashjoin",
            ]
            let values: [String] = try await pool.transaction { tx in
                try tx.query(
                    "SELECT current_setting(x) FROM unnest($1) WITH ORDINALITY AS t(x, n) ORDER BY n", [names]
                ).column(0)
            }
            #expect(
                values == [
                    "force_custom_plan", "1.1", "off", "off", "UTC", "7s", "1500ms", "10s", "tests", "UTF8",
                    "off",
                ])
        }
    }

    @Test("a statement is prepared once per connection and parameter types") func prepared() async throws {
        try await withPool({ $0.poolSize = 1 }) { pool, _ in
            for round in 0..<5 {
                try await pool.transaction { tx in
                    _ = try tx.query("SELECT 'probe', $1", [round])
                    _ = try tx.query("SELECT 'probe', $1", ["\(round)"])
                }
            }
            let count = try await pool.transaction { tx in
                try tx.query("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE '%probe%$1'")
                    .scalar(as: Int.self)
            }
            #expect(count == 2)
        }
    }

    @Test("more different statements than a connection keeps still work") func manyStatements() async throws {
        try await withPool({ $0.poolSize = 1 }) { pool, _ in
            let sum = try await pool.transaction { tx in
                var sum = 0
                for number in 0..<1_100 { sum += try tx.query("SELECT \(number)").scalar() ?? 0 }
                return sum
            }
            #expect(sum == 1_100 * 1_099 / 2)
        }
    }

    @Test("work beyond the queue's limit is refused at once") func queueLimit() async throws {
        try await withPool({
            $0.poolSize = 1
            $0.queueLimit = 3
        }) { pool, _ in
            let refused = Tally()
            let gate = Gate()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await pool.transaction { _ in gate.pass() } }
                await gate.arrived()
                for _ in 0..<20 {
                    group.addTask {
                        do {
                            try await pool.transaction { tx in _ = try tx.query("SELECT 1") }
                        } catch let error as PostgresError where error.code == .poolExhausted {
                            refused.add()
                        }
                    }
                }
                try await eventually("seventeen refusals") { refused.value == 17 }
                gate.open()
                try await group.waitForAll()
            }
            #expect(refused.value == 17)
        }
    }

    @Test("work that waited too long is refused instead of run") func queueTimeout() async throws {
        let metrics = Metrics()
        try await TestDatabase.with(prefix: "pool") { database in
            var configuration = database.configuration
            configuration.poolSize = 1
            configuration.queueTimeout = .milliseconds(100)
            try await withPool(configuration, metrics: metrics) { pool in
                let gate = Gate()
                async let long: Void = pool.transaction { _ in gate.pass() }
                await gate.arrived()
                let late = Task { try await pool.transaction { tx in _ = try tx.query("SELECT 1") } }
                try await eventually("the waiting one") { pool.statistics.waiting == 1 }
                let enqueued = ContinuousClock.now
                try await eventually("its time to be over") {
                    ContinuousClock.now - enqueued > .milliseconds(150)
                }
                gate.open()
                try await long
                let error = await #expect(throws: PostgresError.self) { try await late.value }
                #expect(error?.code == .poolExhausted)
            }
        }
        let text = metrics.prometheusText()
        #expect(text.contains("db_pool_refusals_total{pool=\"test\"} 1"))
        #expect(text.contains("db_pool_wait_seconds_count{pool=\"test\"} 2"))
        #expect(text.contains("db_pool_in_use{pool=\"test\"} 0"))
    }

    @Test("cancelled work leaves the queue without running") func cancellation() async throws {
        try await withPool({ $0.poolSize = 1 }) { pool, _ in
            let ran = Tally()
            let gate = Gate()
            async let long: Void = pool.transaction { _ in gate.pass() }
            await gate.arrived()
            let waiting = Task { try await pool.transaction { _ in _ = ran.add() } }
            try await eventually("the waiting one") { pool.statistics.waiting == 1 }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            gate.open()
            try await long
            #expect(ran.value == 0)
        }
    }

    @Test("stopping finishes what waits and refuses what comes after") func stop() async throws {
        try await TestDatabase.with(prefix: "pool") { database in
            var configuration = database.configuration
            configuration.poolSize = 2
            let pool = PostgresPool(
                configuration: configuration, label: "test", log: .silent, metrics: Metrics())
            try await pool.start()
            let done = Tally()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<10 {
                    group.addTask {
                        let ok: Void? = try? await pool.transaction { tx in
                            _ = try tx.query("SELECT pg_sleep(0.05)")
                        }
                        if ok != nil { done.add() }
                    }
                }
                try? await eventually("ten pieces of work") {
                    pool.statistics.waiting + pool.statistics.busy == 10
                }
                await pool.stop()
            }
            #expect(done.value == 10)
            let error = await #expect(throws: PostgresError.self) {
                try await pool.transaction { tx in _ = try tx.query("SELECT 1") }
            }
            #expect(error?.code == .poolStopped)
            let sessions = try await database.server.administer(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = '\(database.name)'")
            #expect(sessions.contains("0"))
            await pool.stop()
        }
    }

    @Test("starting without a server ends with the reason, in the given time") func noServer() async throws {
        var configuration = PostgresConfiguration(
            host: "127.0.0.1", port: try FreePort.find(), database: "x", user: "x", password: nil,
            applicationName: "tests")
        configuration.startTimeout = .milliseconds(300)
        let pool = PostgresPool(configuration: configuration, label: "test", log: .silent, metrics: Metrics())
        let error = await #expect(throws: PostgresError.self) { try await pool.start() }
        #expect(error?.code == .connectionFailed)
        #expect(error?.message.contains("refused") == true)
    }

    @Test("a wrong password is told, the password itself is not") func wrongPassword() async throws {
        try await TestDatabase.with(prefix: "pool") { database in
            var configuration = database.configuration
            configuration.password = Secret("a-wrong-one")
            configuration.startTimeout = .milliseconds(300)
            let recorder = LogRecorder()
            let log = Log(service: "test", level: .debug, sink: recorder)
            let pool = PostgresPool(configuration: configuration, label: "test", log: log, metrics: Metrics())
            let error = await #expect(throws: PostgresError.self) { try await pool.start() }
            #expect(error?.message.contains("password authentication failed") == true)
            #expect(!recorder.lines.isEmpty)
            #expect(!recorder.lines.joined().contains("a-wrong-one"))
            #expect(!"\(configuration)".contains("a-wrong-one"))
        }
    }

    @Test("while all connections are busy, tasks of the cooperative pool go on") func cooperativePool()
        async throws
    {
        try await withPool({ $0.poolSize = 16 }) { pool, _ in
            let gate = Gate()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<16 { group.addTask { try await pool.transaction { _ in gate.pass() } } }
                await gate.arrived(16)
                // With a thread of the cooperative pool blocked for each connection, none would be left for these.
                for _ in 0..<1_000 { await Task { await Task.yield() }.value }
                #expect(pool.statistics.busy == 16)
                gate.open(16)
                try await group.waitForAll()
            }
        }
    }
}
