/// Looks into a queue that nobody consumes, such as one of dead letters, and moves messages out of it.
public enum AMQPQueueBrowser {
    /// What is to happen with a message that was looked at.
    public enum Decision: Sendable {
        /// It stays where it is.
        case keep
        /// It is published like this, and removed once that is confirmed.
        case move(OutgoingMessage)
        /// It is removed.
        case discard
    }

    /// The first messages of a queue; they stay in it.
    public static func peek(
        _ queue: String, limit: Int, configuration: AMQPConfiguration
    ) async throws(AMQPError) -> [Delivery] {
        try await BrokerTask.run(configuration, "browse") { connection throws(AMQPError) in
            var seen: [Delivery] = []
            while seen.count < limit, let delivery = try fetch(queue, connection, configuration) {
                seen.append(delivery)
            }
            // The connection ends here, and with it the broker puts back what was not acknowledged.
            return seen
        }
    }

    /// Decides about each of the first messages of a queue, one after the other, and returns how many left it.
    ///
    /// A message is removed only after the broker has confirmed its copy, so a crash in between leaves both.
    public static func sweep(
        _ queue: String, limit: Int, configuration: AMQPConfiguration,
        decide: @escaping @Sendable (Delivery) -> Decision
    ) async throws(AMQPError) -> Int {
        try await BrokerTask.run(configuration, "sweep") { connection throws(AMQPError) in
            try connection.confirmSelect()
            var left = 0
            var published: UInt64 = 0
            for _ in 0..<limit {
                guard let delivery = try fetch(queue, connection, configuration) else { break }
                switch decide(delivery) {
                case .keep: continue
                case .discard: break
                case .move(let message):
                    published += 1
                    try publish(message, tag: published, connection, configuration)
                }
                try connection.acknowledge(delivery.token.tag, multiple: false)
                left += 1
            }
            return left
        }
    }

    private static func fetch(
        _ queue: String, _ connection: BrokerConnection, _ configuration: AMQPConfiguration
    ) throws(AMQPError) -> Delivery? {
        connection.releaseBuffers()
        guard try connection.get(queue) else { return nil }
        guard case .delivered(let content, let tag) = try next(connection, configuration) else {
            throw AMQPError(code: .protocolViolation, message: "a message was announced and did not come")
        }
        return content.delivery(DeliveryToken(generation: 0, tag: tag))
    }

    private static func publish(
        _ message: OutgoingMessage, tag: UInt64, _ connection: BrokerConnection,
        _ configuration: AMQPConfiguration
    ) throws(AMQPError) {
        connection.guarded.begin()
        defer { connection.guarded.end() }
        try connection.publish(message)
        var returned: String?
        while true {
            switch try next(connection, configuration) {
            case .returned(_, let reason): returned = reason
            case .confirmed:
                guard let returned else { return }
                throw AMQPError(code: .channelClosed(312), message: "nobody takes the message: \(returned)")
            case .refused:
                throw AMQPError(code: .channelClosed(311), message: "the broker refused message \(tag)")
            case .delivered:
                throw AMQPError(code: .protocolViolation, message: "an unexpected delivery")
            case .blocked, .unblocked: continue
            }
        }
    }

    private static func next(
        _ connection: BrokerConnection, _ configuration: AMQPConfiguration
    ) throws(AMQPError) -> BrokerEvent {
        let deadline = ContinuousClock.now + configuration.timing.confirmTimeout
        while ContinuousClock.now < deadline {
            if let event = try connection.nextEvent() { return event }
            connection.waitForInput(configuration.timing.loopPeriod)
        }
        throw AMQPError(code: .confirmTimedOut, message: "the broker did not answer in time")
    }
}
