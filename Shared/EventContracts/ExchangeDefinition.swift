/// A durable exchange.
public struct ExchangeDefinition: Hashable, Sendable {
    /// How an exchange chooses the queues of a message.
    public enum Kind: String, Hashable, Sendable {
        /// By pattern of the routing key.
        case topic
        /// By the routing key exactly.
        case direct
    }

    /// The name, `<service>.<purpose>`.
    public let name: String
    /// How it routes.
    public let kind: Kind

    /// Names a durable exchange.
    public init(name: String, kind: Kind) {
        self.name = name
        self.kind = kind
    }
}
