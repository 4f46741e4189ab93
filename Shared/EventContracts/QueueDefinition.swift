/// A durable queue with the arguments that correctness depends on; what operators tune belongs in policies,
/// because an argument can never be changed on an existing queue.
public struct QueueDefinition: Hashable, Sendable {
    /// The value of a queue argument.
    public enum Argument: Hashable, Sendable {
        /// A string.
        case string(String)
        /// A whole number.
        case integer(Int64)
    }

    /// The number of times the broker delivers a message again before it gives up and dead-letters it.
    public static let deliveryLimit: Int64 = 20

    /// The name, `<service>.<source>`.
    public let name: String
    /// The arguments, by name.
    public let arguments: [String: Argument]

    /// Names a durable queue.
    ///
    /// - Precondition: At-least-once dead-lettering comes with `x-overflow=reject-publish`; with any other overflow
    ///   the broker silently falls back to at-most-once.
    public init(name: String, arguments: [String: Argument]) {
        if arguments["x-dead-letter-strategy"] == .string("at-least-once") {
            precondition(
                arguments["x-overflow"] == .string("reject-publish"),
                "at-least-once dead-lettering needs x-overflow=reject-publish")
        }
        self.name = name
        self.arguments = arguments
    }

    /// A replicated queue that handlers read; what cannot be handled ends at the dead-letter exchange under the
    /// queue's own name.
    public static func work(named name: String, deadLetterExchange: String) -> QueueDefinition {
        QueueDefinition(
            name: name,
            arguments: [
                "x-queue-type": .string("quorum"),
                "x-delivery-limit": .integer(deliveryLimit),
                "x-dead-letter-exchange": .string(deadLetterExchange),
                "x-dead-letter-routing-key": .string(name),
                "x-dead-letter-strategy": .string("at-least-once"),
                "x-overflow": .string("reject-publish"),
                "x-queue-leader-locator": .string("balanced"),
            ])
    }

    /// A replicated queue without consumers: what enters leaves after the delay, back to the queue it came from.
    public static func retry(
        named name: String, delayMilliseconds: Int64, returningTo exchange: String, routingKey: String
    ) -> QueueDefinition {
        QueueDefinition(
            name: name,
            arguments: [
                "x-queue-type": .string("quorum"),
                "x-message-ttl": .integer(delayMilliseconds),
                "x-dead-letter-exchange": .string(exchange),
                "x-dead-letter-routing-key": .string(routingKey),
                "x-dead-letter-strategy": .string("at-least-once"),
                "x-overflow": .string("reject-publish"),
                "x-queue-leader-locator": .string("balanced"),
            ])
    }

    /// A replicated queue that keeps what could not be handled until an operator looks at it.
    public static func dead(named name: String) -> QueueDefinition {
        QueueDefinition(
            name: name,
            arguments: [
                "x-queue-type": .string("quorum"),
                "x-queue-leader-locator": .string("balanced"),
            ])
    }
}
