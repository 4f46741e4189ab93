import EventContracts
import HTTPServer
import Lifecycle
import Postgres
public import ServiceKit

/// The scheduler: the only service that knows time.
public enum SchedulerService {
    /// What `ServiceMain` runs.
    public static let definition = ServiceDefinition(
        name: "scheduler",
        migrations: [
            (name: "init", sql: PackageResources.m0001_init_sql),
            (name: "test_clocks", sql: PackageResources.m0002_test_clocks_sql),
        ]
    ) { context, reader in
        let settings = SchedulerSettings(&reader)
        let metrics = SchedulerMetrics(context.metrics)
        let wakeup = Wakeup()
        let pool = PostgresPool(
            configuration: tickDatabase(context.database), label: "tick", log: context.log,
            metrics: context.metrics)
        let fire = FireDueSchedules(
            outbox: context.outbox, zones: ZoneCache(), batch: settings.batch,
            catchUpLimit: settings.catchUpLimit)
        let tick = TickLoop(
            fire: fire,
            pool: pool, clock: context.clock, settings: settings, metrics: metrics,
            log: context.log)
        let store = StoreRequests(clock: context.clock, wakeup: wakeup, metrics: metrics)
        let routes = ScheduleRoutes(context)
        let clockWakeup = Wakeup()
        let moveClocks = MoveTestClocks(
            fire: fire, outbox: context.outbox, pool: context.batchPool, clock: context.clock,
            log: context.log)
        let clocks = TestClockRoutes(context: context, move: moveClocks, wakeup: clockWakeup)
        return ServiceParts(
            routes: {
                routes.add(to: &$0)
                clocks.add(to: &$0)
            },
            queues: [
                QueueHandlers(
                    "scheduler.identity",
                    [
                        NoteTestOrganization<OrganizationCreated>(),
                        NoteTestOrganization<OrganizationSnapshotTaken>(),
                    ]),
                QueueHandlers(
                    "scheduler.test-clocks",
                    [RecordTestClockReport(clock: context.clock, wakeup: clockWakeup)]),
                QueueHandlers(
                    "scheduler.requests",
                    [
                        StoreScheduleRequested(store: store), StoreScheduleChanged(store: store),
                        CancelRequestedSchedule(
                            cancel: CancelSchedules(clock: context.clock, metrics: metrics)),
                    ]),
            ],
            background: [pool, tick.loop(wakeup: wakeup), moveClocks.loop(wakeup: clockWakeup)],
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
