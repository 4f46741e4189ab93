import Observability
import Postgres
import Primitives
import TestKit
import Testing

@Suite("Sessions of their own") struct SessionTests {
    private static let endListeners = """
        SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid()
        """

    @Test("a listener hears notifications and says when it had to connect again", .timeLimit(.minutes(10)))
    func listener() async throws {
        try await TestDatabase.with(prefix: "listen") { database in
            let listener = PostgresListener(
                channels: ["work", "odd \"name\""], configuration: database.configuration, bufferLimit: 100,
                label: "listen", log: .silent)
            try await listener.start()
            var events = listener.events.makeAsyncIterator()
            #expect(await events.next() == .listening)
            try await database.psql("NOTIFY work, 'seven'")
            guard case .notification(let seven) = await events.next() else {
                Issue.record("no notification")
                return
            }
            #expect(seven.channel == "work" && seven.payload == "seven")
            try await database.psql("NOTIFY \"odd \"\"name\"\"\"")
            guard case .notification(let odd) = await events.next() else {
                Issue.record("no notification")
                return
            }
            #expect(odd.channel == "odd \"name\"")
            try await database.psql(Self.endListeners)
            #expect(await events.next() == .listening)
            await listener.stop()
            #expect(await events.next() == nil)
        }
    }

    @Test("one of two holds a lock, and the other takes over when its session ends", .timeLimit(.minutes(10)))
    func lock() async throws {
        try await TestDatabase.with(prefix: "lock") { database in
            let locks = (1...2).map { number in
                AdvisoryLock(
                    key: (7, 1), configuration: database.configuration, period: .milliseconds(30),
                    label: "lock-\(number)", log: .silent)
            }
            try await locks[0].start()
            try await eventually("the first holder") { locks[0].isHeld }
            try await locks[1].start()
            await locks[0].stop()
            try await eventually("the second holder") { locks[1].isHeld && !locks[0].isHeld }
            try await database.psql(Self.endListeners)
            var changes: [Bool] = []
            for await change in locks[1].changes {
                changes.append(change)
                if changes == [false, true, false, true] { break }
            }
            await locks[1].stop()
            #expect(!locks[1].isHeld)
        }
    }

    @Test("stopping what was never started returns at once") func neverStarted() async throws {
        let configuration = PostgresConfiguration(
            host: "127.0.0.1", port: 1, database: "x", user: "x", password: nil, applicationName: "tests")
        let lock = AdvisoryLock(
            key: (1, 1), configuration: configuration, period: .seconds(1), label: "lock", log: .silent)
        await lock.stop()
        let pool = PostgresPool(configuration: configuration, label: "test", log: .silent, metrics: Metrics())
        await pool.stop()
    }
}
