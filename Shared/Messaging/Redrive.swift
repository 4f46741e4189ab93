public import AMQP
public import Observability

/// What an operator does with the dead letters of a queue: look at them, send them back, discard them.
public struct Redrive: Sendable {
    private let queue: String
    private let broker: AMQPConfiguration
    private let moved: MovedMessage
    private let log: Log

    /// The dead letters of a queue of a service; every act is logged.
    public init(queue: String, service: String, broker: AMQPConfiguration, log: Log) {
        self.queue = queue
        self.broker = broker
        self.log = log.with(["queue": .string(queue)])
        moved = MovedMessage(service: service, queue: queue)
    }

    /// How many dead letters there are.
    public func count() async throws -> Int {
        try await AMQPTopology.counts(of: "\(queue).dead", configuration: broker).messages
    }

    /// The oldest dead letters; they stay where they are.
    public func list(limit: Int) async throws -> [DeadLetter] {
        try await AMQPQueueBrowser.peek("\(queue).dead", limit: limit, configuration: broker).map(
            DeadLetter.init)
    }

    /// Sends dead letters back to the queue, as if they had never failed, and returns how many.
    ///
    /// - Parameters:
    ///   - limit: How many of the oldest to look at.
    ///   - choose: Which of them to send.
    /// - Returns: How many were sent back.
    /// - Throws: `AMQPError`; what was sent by then is sent, and a crash in between leaves a copy behind.
    public func sendBack(
        limit: Int, where choose: @escaping @Sendable (DeadLetter) -> Bool
    ) async throws -> Int {
        let (moved, log) = (moved, log)
        // What fails again at once comes back to the end of the queue: only what is there now is looked at.
        let limit = min(limit, try await count())
        return try await AMQPQueueBrowser.sweep("\(queue).dead", limit: limit, configuration: broker) {
            delivery in
            guard choose(DeadLetter(delivery)) else { return .keep }
            log.info("a dead letter is sent back", ["message_id": .string(delivery.messageID)])
            return .move(moved.redriven(delivery))
        }
    }

    /// Deletes dead letters and returns how many.
    ///
    /// - Parameters:
    ///   - limit: How many of the oldest to look at.
    ///   - choose: Which of them to delete.
    /// - Returns: How many were deleted.
    /// - Throws: `AMQPError`; what was deleted by then is gone.
    public func discard(
        limit: Int, where choose: @escaping @Sendable (DeadLetter) -> Bool
    ) async throws -> Int {
        let log = log
        return try await AMQPQueueBrowser.sweep("\(queue).dead", limit: limit, configuration: broker) {
            delivery in
            guard choose(DeadLetter(delivery)) else { return .keep }
            log.warning("a dead letter is discarded", ["message_id": .string(delivery.messageID)])
            return .discard
        }
    }
}
