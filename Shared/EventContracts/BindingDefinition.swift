/// One binding of a queue to an exchange.
public struct BindingDefinition: Hashable, Sendable {
    /// The exchange that messages come from.
    public let exchange: String
    /// The queue that they go to.
    public let queue: String
    /// The routing key, or a pattern of it at a topic exchange.
    public let routingKey: String

    /// Describes a binding.
    public init(exchange: String, queue: String, routingKey: String) {
        self.exchange = exchange
        self.queue = queue
        self.routingKey = routingKey
    }
}
