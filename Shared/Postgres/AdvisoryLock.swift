public import Lifecycle
public import Observability

/// A session-level advisory lock that one process of many holds: the way to have one leader at a time.
///
/// The lock lives with its own connection. When that connection is lost, the server gives the lock to another
/// process, and here ``isHeld`` turns false within about a check period. For a moment two may believe to hold it, so
/// what the leader does must be harmless when done twice.
public final class AdvisoryLock: Service {
    /// Names the lock in logs.
    public let label: String
    /// Whether the lock is held, each time that changes; begins with false.
    public let changes: AsyncStream<Bool>
    private let continuation: AsyncStream<Bool>.Continuation
    private let configuration: PostgresConfiguration
    private let key: (Int32, Int32)
    private let period: Duration
    private let held = Monitor(false)
    private let thread = SessionThread()
    private let log: Log

    /// Describes a lock; ``start()`` begins to ask for it.
    ///
    /// - Parameters:
    ///   - key: The two halves of the lock's number. Locks are per database, so services use different first halves.
    ///   - configuration: The database.
    ///   - period: How often to ask for the lock, and how often to check that it is still ours.
    ///   - label: Names the lock in logs.
    ///   - log: Where gain and loss are reported.
    public init(
        key: (Int32, Int32), configuration: PostgresConfiguration, period: Duration, label: String, log: Log
    ) {
        self.key = key
        self.period = period
        self.label = label
        self.log = log.with(["lock": LogValue(label)])
        var settings = configuration
        settings.statementTimeout = .seconds(5)
        self.configuration = settings
        (changes, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(16))
        continuation.yield(false)
    }

    /// Whether this process holds the lock, as far as it knows.
    public var isHeld: Bool { held.withLock { $0 } }

    /// Starts the thread; the lock is asked for in the background.
    public func start() async throws {
        let key = key
        let period = period
        let held = held
        let continuation = continuation
        let log = log
        @Sendable func set(_ value: Bool) {
            let changed = held.update { state in
                defer { state = value }
                return state != value
            }
            guard changed else { return }
            log.info(value ? "lock gained" : "lock given up")
            continuation.yield(value)
        }
        try thread.start(
            name: "pg-\(label)", configuration: configuration, log: log,
            use: { connection, control throws(PostgresError) in
                while !control.isStopped {
                    if held.withLock({ $0 }) {
                        try connection.runScript("SELECT 1")
                    } else {
                        let answer = try connection.run(
                            "SELECT pg_try_advisory_lock($1, $2)", [key.0, key.1])
                        if try answer.scalar(as: Bool.self) == true { set(true) }
                    }
                    if control.waitOut(period) { break }
                }
            },
            lost: { set(false) })
    }

    /// Gives the lock up.
    public func stop() async {
        await thread.stop()
        continuation.finish()
    }
}
