/// Every bound and waiting time of a consumer of events.
public struct ConsumerSettings: Sendable {
    /// The most events that are handled in one transaction; twice as many are fetched in advance.
    public var batch: Int
    /// How long to let messages gather after a small batch under load.
    public var linger: Duration
    /// How many steps the retry ladder of the queue has; their delays are the topology's.
    public var retrySteps: Int
    /// An event that was delivered this many times before is suspected of ending the process.
    public var suspectDeliveries: Int64
    /// The first wait for a database that is away; it doubles.
    public var probeBase: Duration
    /// The longest wait between two looks at the database.
    public var probeMaximum: Duration
    /// How long messages are held while the database is away, before others may have them.
    public var giveBackAfter: Duration
    /// The wait before a message is moved again when the broker did not confirm it.
    public var moveRetryWait: Duration
    /// What is done on purpose that brokers do by accident.
    public var rehearsal: Rehearsal

    /// Accidents of delivery that a test orders for every event.
    public enum Rehearsal: String, Sendable, CaseIterable {
        /// None.
        case none
        /// Everything is handled twice, to prove that a repetition has no effect.
        case twice
        /// Everything is handled one by one, the last first, and then once more in order: an order that means nothing
        /// has no effect either.
        case backwards
    }

    /// Describes all bounds and waiting times.
    public init(
        batch: Int, linger: Duration, retrySteps: Int, suspectDeliveries: Int64, probeBase: Duration,
        probeMaximum: Duration,
        giveBackAfter: Duration, moveRetryWait: Duration, rehearsal: Rehearsal
    ) {
        self.batch = batch
        self.linger = linger
        self.retrySteps = retrySteps
        self.suspectDeliveries = suspectDeliveries
        self.probeBase = probeBase
        self.probeMaximum = probeMaximum
        self.giveBackAfter = giveBackAfter
        self.moveRetryWait = moveRetryWait
        self.rehearsal = rehearsal
    }

    /// The values for running services.
    public static let production = ConsumerSettings(
        batch: 256, linger: .milliseconds(10), retrySteps: 4, suspectDeliveries: 3, probeBase: .seconds(1),
        probeMaximum: .seconds(30),
        giveBackAfter: .seconds(600), moveRetryWait: .milliseconds(500), rehearsal: .none)
}
