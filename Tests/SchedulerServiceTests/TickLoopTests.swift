import EventContracts
import Lifecycle
import Observability
import Postgres
import Primitives
import TestKit
import Testing

@testable import SchedulerService

@Suite("The tick") struct TickLoopTests {
    private func tick(_ world: SchedulerWorld) -> TickLoop {
        TickLoop(
            fire: FireDueSchedules(outbox: world.outbox, zones: ZoneCache(), batch: 2, catchUpLimit: 24),
            pool: world.tickPool, clock: world.clock,
            settings: SchedulerSettings(
                batch: 2, catchUpLimit: 24, longestSleep: .seconds(1), shortestSleep: .milliseconds(20)),
            metrics: SchedulerMetrics(world.metrics), log: .silent)
    }

    private func sleep(_ round: BackgroundLoop.Round) -> Duration? {
        guard case .idleFor(let duration) = round else { return nil }
        return duration
    }

    @Test("it sleeps until the next occurrence, but never long, and goes on while there is more")
    func sleeping() async throws {
        try await SchedulerWorld.with { world in
            let tick = tick(world)
            #expect(sleep(try await tick.round()) == .seconds(1))
            for _ in 0..<3 { try await world.request(try world.charge(on: "2026-01-16")) }
            #expect(sleep(try await tick.round()) == .seconds(1))
            world.clock.set(try #require(Instant(rfc3339: "2026-01-16T07:59:59.750Z")))
            #expect(sleep(try await tick.round()) == .milliseconds(250))
            world.clock.set(try #require(Instant(rfc3339: "2026-01-16T08:00:00Z")))
            #expect(sleep(try await tick.round()) == nil)
            #expect(try await world.published().count == 2)
            #expect(sleep(try await tick.round()) == .seconds(1))
            #expect(try await world.published().count == 3)
        }
    }

    @Test("what another replica holds is looked at again shortly") func held() async throws {
        try await SchedulerWorld.with { world in
            try await world.request(try world.charge(on: "2026-01-16"))
            world.clock.set(try #require(Instant(rfc3339: "2026-01-16T08:00:00Z")))
            let tick = tick(world)
            let gate = Gate()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    try await world.pool.transaction { tx in
                        _ = try tx.query("SELECT id FROM schedules FOR UPDATE")
                        gate.pass()
                    }
                }
                await gate.arrived()
                try await eventually("a pass that finds it held") {
                    sleep(try await tick.round()) == .milliseconds(20)
                }
                gate.open()
                try await group.waitForAll()
            }
            #expect(sleep(try await tick.round()) == .seconds(1))
            #expect(try await world.published().count == 1)
        }
    }

    @Test("a request wakes it although it would sleep for an hour", .timeLimit(.minutes(10))) func wakes()
        async throws
    {
        try await SchedulerWorld.with { world in
            for service in world.background { try await service.start() }
            // The loop has looked once when its connection has been used.
            try await eventually("the first pass") {
                world.metrics.prometheusText().contains("db_pool_use_seconds_count{pool=\"tick\"} 1")
            }
            var request = try world.charge()
            request.rule = ScheduleRule(at: world.clock.now())
            try await world.request(request)
            try await eventually(every: .milliseconds(2), "the due") {
                try await world.published().count == 1
            }
            for service in world.background.reversed() { await service.stop() }
            #expect(world.metrics.prometheusText().contains("scheduler_occurrences_total 1"))
        }
    }

    @Test(
        "a pass touches a bounded number of pages per occurrence, however many schedules there are",
        .timeLimit(.minutes(10)))
    func pages() async throws {
        try await SchedulerWorld.with { world in
            // Three times as many that are not due, so that reading the whole table would show.
            for date in ["2026-01-16", "2026-03-01", "2026-04-01", "2026-05-01"] {
                for _ in 0..<10 {
                    let requests = try (0..<512).map { _ in try world.charge(on: date) }
                    try await world.deliver(requests.map { ScheduleRequested(schedule: $0) })
                }
            }
            try await world.database.psql("ANALYZE")
            func pagesRead() async throws -> Int {
                try await Int(
                    world.database.server.administer(
                        """
                        SELECT (sum(heap_blks_hit + heap_blks_read) + sum(idx_blks_hit + idx_blks_read))::bigint
                        FROM pg_statio_user_tables WHERE relname IN ('schedules', 'occurrences')
                        """, database: world.database.name
                    ).filter(\.isNumber)) ?? 0
            }
            func flush() async throws {
                // Statistics are kept per session; every session of the pool hands in its own.
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<4 {
                        group.addTask {
                            try await world.tickPool.transaction { tx in
                                _ = try tx.query("SELECT pg_stat_force_next_flush(), pg_sleep(0.1)")
                            }
                        }
                    }
                    try await group.waitForAll()
                }
            }
            try await flush()
            let before = try await pagesRead()
            world.clock.set(try #require(Instant(rfc3339: "2026-01-16T08:00:00Z")))
            try await world.tickUntilIdle()
            try await flush()
            let pages = try await pagesRead() - before
            #expect(try await world.published().count == 5_120)
            // Lock, read and update a row, three index entries, one occurrence with its key and its reference.
            #expect(pages / 5_120 < 40, "\(pages) pages for 5120 occurrences")
            #expect(pages > 5_120, "the statistics were read too early")
        }
    }
}
