/// Every bound and waiting time of the relay.
public struct RelaySettings: Sendable {
    /// The most events that are read and published at a time.
    public var batch: Int
    /// How long the relay sleeps without a signal; the net for what was written by another process.
    public var pollInterval: Duration
    /// How often to ask for leadership, and to check that it is still ours.
    public var leaderPeriod: Duration
    /// The wait after the first failure to publish an event; it doubles with each further one.
    public var retryBase: Duration
    /// The longest wait between two attempts to publish an event.
    public var retryMaximum: Duration
    /// How often to look whether missing queues have appeared.
    public var queueCheckInterval: Duration
    /// From this many failures on an event counts as stuck and a human is called.
    public var stuckAttempts: Int
    /// How often the length of the outbox is measured.
    public var measureInterval: Duration

    /// Describes all bounds and waiting times.
    public init(
        batch: Int, pollInterval: Duration, leaderPeriod: Duration, retryBase: Duration,
        retryMaximum: Duration,
        queueCheckInterval: Duration, stuckAttempts: Int, measureInterval: Duration
    ) {
        self.batch = batch
        self.pollInterval = pollInterval
        self.leaderPeriod = leaderPeriod
        self.retryBase = retryBase
        self.retryMaximum = retryMaximum
        self.queueCheckInterval = queueCheckInterval
        self.stuckAttempts = stuckAttempts
        self.measureInterval = measureInterval
    }

    /// The values for running services.
    public static let production = RelaySettings(
        batch: 512, pollInterval: .seconds(1), leaderPeriod: .seconds(1), retryBase: .milliseconds(500),
        retryMaximum: .seconds(60), queueCheckInterval: .seconds(2), stuckAttempts: 20,
        measureInterval: .seconds(10))
}
