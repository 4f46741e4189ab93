import HTTPServer
import Lifecycle
import Postgres
public import ServiceKit

/// The scheduler: the only service that knows time.
public enum SchedulerService {
    /// What `ServiceMain` runs.
    public static let definition = ServiceDefinition(
        name: "scheduler", migrations: [(name: "init", sql: PackageResources.m0001_init_sql)]
    ) { context, reader in
        let settings = SchedulerSettings(&reader)
        let metrics = SchedulerMetrics(context.metrics)
        let wakeup = Wakeup()
        let pool = PostgresPool(
            configuration: tickDatabase(context.database), label: "tick", log: context.log,
            metrics: context.metrics)
        let tick = TickLoop(
            fire: FireDueSchedules(
                outbox: context.outbox, zones: ZoneCache(), batch: settings.batch,
                catchUpLimit: settings.catchUpLimit),
            pool: pool, clock: context.clock, settings: settings, metrics: metrics,
            log: context.log)
        let store = StoreRequests(clock: context.clock, wakeup: wakeup, metrics: metrics)
        let routes = ScheduleRoutes(context)
        return ServiceParts(
            routes: { routes.add(to: &$0) },
            queues: [
                QueueHandlers(
                    "scheduler.requests",
                    [
                        StoreScheduleRequested(store: store), StoreScheduleChanged(store: store),
                        CancelRequestedSchedule(
                            cancel: CancelSchedules(clock: context.clock, metrics: metrics)),
                    ])
            ],
            background: [pool, tick.loop(wakeup: wakeup)],
            invariants: SchedulerInvariants.all)
    }

    /// The tick joins a batch with the table by its key; without this the planner reads the whole table for each batch
    /// as soon as the batch is no longer small against it.
    static func tickDatabase(_ database: PostgresConfiguration) -> PostgresConfiguration {
        var tick = database.pool(named: "tick", size: 1, bitmapScan: false)
        tick.sessionSettings = ["enable_hashjoin": "off", "enable_mergejoin": "off"]
        return tick
    }
}
