import Settings

/// The scheduler's own settings.
struct SchedulerSettings: Sendable {
    /// How many schedules one pass takes at most.
    let batch: Int
    /// How many missed occurrences of one schedule one pass makes up at most.
    let catchUpLimit: Int
    /// The longest time between two looks at the table.
    let longestSleep: Duration
    /// The wait when what is due is in another replica's hands.
    let shortestSleep: Duration

    init(_ settings: inout SettingsReader) {
        batch = settings.int("DUELY_SCHEDULER_BATCH", default: 512, in: 1...4_096)
        catchUpLimit = settings.int("DUELY_SCHEDULER_CATCH_UP_LIMIT", default: 24, in: 1...1_000)
        longestSleep = settings.milliseconds("DUELY_SCHEDULER_LONGEST_SLEEP_MS", default: 1_000)
        shortestSleep = settings.milliseconds("DUELY_SCHEDULER_SHORTEST_SLEEP_MS", default: 20)
    }

    init(batch: Int, catchUpLimit: Int, longestSleep: Duration, shortestSleep: Duration) {
        self.batch = batch
        self.catchUpLimit = catchUpLimit
        self.longestSleep = longestSleep
        self.shortestSleep = shortestSleep
    }
}
