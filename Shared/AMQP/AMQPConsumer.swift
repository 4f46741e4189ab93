public import Observability

/// Receives the messages of one queue.
///
/// One thread owns one connection with one channel. When the connection is lost, what was delivered and not yet
/// acknowledged comes again on the next one; tokens of the old one are ignored.
public final class AMQPConsumer: Sendable {
    /// The queue that is read.
    public let queue: String

    private let mailbox: Mailbox<ConsumerRole.Command>
    private let status: ConnectionStatus
    private let buffer = DeliveryBuffer()
    private let finished = Completion()

    /// Starts the thread; the connection is made, and made again, in the background.
    ///
    /// A queue that does not exist
    /// yet is waited for.
    ///
    /// - Parameters:
    ///   - configuration: Where the broker is and how long to wait for it.
    ///   - queue: The queue to read.
    ///   - prefetch: The most messages that may be delivered and not acknowledged.
    ///   - metrics: Where to count.
    ///   - log: Where to report.
    /// - Throws: `AMQPError` if the system gives no thread or descriptor.
    public init(
        configuration: AMQPConfiguration, queue: String, prefetch: Int, metrics: AMQPMetrics, log: Log
    ) throws(AMQPError) {
        precondition((1...Int(UInt16.max)).contains(prefetch), "a prefetch is between 1 and 65535")
        self.queue = queue
        let mailbox = try Mailbox<ConsumerRole.Command>()
        let status = ConnectionStatus(grace: configuration.timing.readinessGrace)
        let (buffer, finished) = (buffer, finished)
        self.mailbox = mailbox
        self.status = status
        try DedicatedThread.start("amqp-\(queue)") {
            var session = Session(
                ConsumerRole(
                    queue: queue, prefetch: UInt16(prefetch),
                    checkAfter: configuration.timing.subscriptionCheck, buffer: buffer),
                name: "consumer \(queue)", configuration: configuration, mailbox: mailbox, status: status,
                metrics: metrics, log: log)
            session.run()
            finished.complete()
        }
    }

    /// Whether there is a connection, or has been a moment ago.
    public var isReady: Bool { status.isReady }

    /// Whether there is a connection now.
    public var isConnected: Bool { status.isConnected }

    /// What has arrived, in order: at least one delivery and at most this many; never waits for more.
    ///
    /// Throws `AMQPError` with the code `stopped` after `stop`, and `CancellationError` in a cancelled task. One
    /// task at a time may wait here.
    public func nextBatch(max: Int) async throws -> DeliveryBatch {
        precondition(max > 0, "a batch holds at least one delivery")
        return try await buffer.next(max)
    }

    /// Settles every delivery up to and including this one; false if its connection is gone, and the messages will
    /// come again.
    @discardableResult
    public func acknowledge(through token: DeliveryToken) async -> Bool {
        await settle { .acknowledge(token, multiple: true, $0) }
    }

    /// Settles one delivery; false if its connection is gone, and the message will come again.
    @discardableResult
    public func acknowledge(_ token: DeliveryToken) async -> Bool {
        await settle { .acknowledge(token, multiple: false, $0) }
    }

    /// Refuses one delivery: it goes back to the queue, or is dead-lettered by the broker.
    @discardableResult
    public func reject(_ token: DeliveryToken, requeue: Bool) async -> Bool {
        await settle { .reject(token, requeue: requeue, $0) }
    }

    /// Whether a token is of the present connection, so that acknowledging it would have an effect.
    public func isCurrent(_ token: DeliveryToken) -> Bool { token.generation == buffer.generation }

    /// Drops the connection and subscribes again with another prefetch; unacknowledged messages come again.
    public func reconnect(prefetch: Int) {
        precondition((1...Int(UInt16.max)).contains(prefetch), "a prefetch is between 1 and 65535")
        _ = mailbox.send(.reconnect(prefetch: UInt16(prefetch)))
    }

    /// Hands out nothing more, while what was handed out can still be acknowledged: the first half of a stop.
    public func drain() { buffer.end() }

    /// Closes the connection and ends the thread; what is not acknowledged by then comes again to whoever reads
    /// the queue next.
    public func stop() async {
        mailbox.stop()
        await finished.wait()
    }

    private func settle(
        _ command: (CheckedContinuation<Bool, Never>) -> ConsumerRole.Command
    ) async -> Bool {
        await withCheckedContinuation { continuation in
            if !mailbox.send(command(continuation)) { continuation.resume(returning: false) }
        }
    }
}
