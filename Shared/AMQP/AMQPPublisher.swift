public import Observability

/// Publishes messages and says of each what became of it.
///
/// One thread owns one connection with one channel. Callers wait by continuation, never by blocking a thread.
public final class AMQPPublisher: Sendable {
    private let mailbox: Mailbox<PublisherRole.Command>
    private let status: ConnectionStatus
    private let publishTimeout: Duration
    private let finished = Completion()

    /// Starts the thread; the connection is made, and made again, in the background.
    ///
    /// - Parameters:
    ///   - configuration: Where the broker is and how long to wait for it.
    ///   - role: The name of this connection in metrics and logs.
    ///   - metrics: Where to count.
    ///   - log: Where to report.
    /// - Throws: `AMQPError` if the system gives no thread or descriptor.
    public init(
        configuration: AMQPConfiguration, role: String, metrics: AMQPMetrics, log: Log
    ) throws(AMQPError) {
        let mailbox = try Mailbox<PublisherRole.Command>()
        let status = ConnectionStatus(grace: configuration.timing.readinessGrace)
        let finished = finished
        self.mailbox = mailbox
        self.status = status
        publishTimeout = configuration.timing.publishTimeout
        try DedicatedThread.start("amqp-\(role)") {
            let publisher = PublisherRole(
                timing: configuration.timing, limits: configuration.limits, metrics: metrics)
            var session = Session(
                publisher, name: role, configuration: configuration, mailbox: mailbox, status: status,
                metrics: metrics, log: log)
            session.run()
            finished.complete()
        }
    }

    /// Whether there is a connection, or has been a moment ago.
    public var isReady: Bool { status.isReady }

    /// Whether there is a connection now.
    public var isConnected: Bool { status.isConnected }

    /// How many connections there have been; a change means that the broker may have changed, too.
    public var generation: UInt64 { status.generation }

    /// Publishes the messages in order and returns what became of each, in the same order.
    ///
    /// Waits while the broker blocks or is away, up to the configured time; what was written by then waits for its
    /// confirm or for the end of the connection. A message whose outcome is unknown may have arrived.
    public func publish(_ messages: [OutgoingMessage]) async -> [PublishOutcome] {
        guard !messages.isEmpty else { return [] }
        let deadline = ContinuousClock.now + publishTimeout
        return await withCheckedContinuation { continuation in
            let command = PublisherRole.Command(
                messages: messages, deadline: deadline, continuation: continuation)
            guard !mailbox.send(command) else { return }
            continuation.resume(
                returning: messages.map { _ in .unknown(reason: "the publisher was stopped") })
        }
    }

    /// Waits for outstanding confirms, closes the connection and ends the thread.
    public func stop() async {
        mailbox.stop()
        await finished.wait()
    }
}
