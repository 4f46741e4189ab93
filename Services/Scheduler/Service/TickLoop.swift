import Lifecycle
import Observability
import Postgres
import Primitives

/// Fires what is due, then sleeps until the next occurrence or until a request arrives.
struct TickLoop: Sendable {
    private let fire: FireDueSchedules
    private let pool: PostgresPool
    private let clock: any WallClock
    private let settings: SchedulerSettings
    private let metrics: SchedulerMetrics
    private let log: Log

    init(
        fire: FireDueSchedules, pool: PostgresPool, clock: any WallClock, settings: SchedulerSettings,
        metrics: SchedulerMetrics, log: Log
    ) {
        self.fire = fire
        self.pool = pool
        self.clock = clock
        self.settings = settings
        self.metrics = metrics
        self.log = log
    }

    func loop(wakeup: Wakeup) -> BackgroundLoop {
        BackgroundLoop(label: "tick", pause: settings.longestSleep, wakeup: wakeup, log: log) {
            try await round()
        }
    }

    /// One pass, and how long to sleep after it.
    func round() async throws -> BackgroundLoop.Round {
        let now = clock.now()
        let fire = fire
        let outcome = try await pool.transaction { tx in try fire(at: now, in: tx) }
        metrics.fired(outcome.lateness)
        for id in outcome.unreadable {
            log.error("rule or zone of a schedule cannot be read", ["schedule_id": LogValue(id)])
        }
        metrics.lag(outcome.lateness.max() ?? .zero)
        guard !outcome.hasMore else { return .more }
        guard let next = outcome.next else { return .idleFor(settings.longestSleep) }
        let rest = next - clock.now()
        // Due already, but not ours: another replica holds it and will move it on.
        if rest <= .zero, next <= now { return .idleFor(settings.shortestSleep) }
        // The clock may be moved by hand, so no sleep is long, however far away the next occurrence is.
        return rest <= .zero ? .more : .idleFor(min(rest, settings.longestSleep))
    }
}
