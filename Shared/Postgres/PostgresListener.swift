public import Lifecycle
public import Observability

/// Listens on channels with a connection of its own.
///
/// Notifications sent while the connection was away are lost, as Postgres keeps none; therefore every (re)connection
/// is reported too, so that the receiver looks at the tables once.
public final class PostgresListener: Service {
    /// What the listener reports.
    public enum Event: Sendable, Hashable {
        /// Listening has begun, or begun again: look at the tables.
        case listening
        /// A notification came in.
        case notification(PostgresNotification)
    }

    /// Names the listener in logs.
    public let label: String
    /// What happens, for one reader; when it is slow, the oldest events make way.
    public let events: AsyncStream<Event>
    private let continuation: AsyncStream<Event>.Continuation
    private let configuration: PostgresConfiguration
    private let channels: [String]
    private let thread = SessionThread()
    private let log: Log

    /// Describes a listener; ``start()`` connects it.
    ///
    /// - Parameters:
    ///   - channels: The channels to listen on.
    ///   - configuration: The database.
    ///   - bufferLimit: How many events are kept for a slow reader.
    ///   - label: Names the listener in logs.
    ///   - log: Where lost connections are reported.
    public init(
        channels: [String], configuration: PostgresConfiguration, bufferLimit: Int, label: String, log: Log
    ) {
        self.channels = channels
        self.configuration = configuration
        self.label = label
        self.log = log
        (events, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(bufferLimit))
    }

    /// Starts the thread; connecting goes on in the background.
    public func start() async throws {
        let channels = channels
        let continuation = continuation
        try thread.start(
            name: "pg-\(label)", configuration: configuration, log: log,
            use: { connection, control throws(PostgresError) in
                for channel in channels {
                    try connection.runScript("LISTEN \(quoted(channel))")
                }
                continuation.yield(.listening)
                while !control.isStopped {
                    SessionThread.waitReadable(connection, control, for: .seconds(30))
                    for notification in try connection.takeNotifications() {
                        continuation.yield(.notification(notification))
                    }
                }
            },
            lost: {})
    }

    /// Ends listening and the stream of events.
    public func stop() async {
        await thread.stop()
        continuation.finish()
    }
}

/// An SQL identifier in quotes.
private func quoted(_ identifier: String) -> String {
    "\"" + identifier.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
        + "\""
}
