/// A message to be published.
public struct OutgoingMessage: Sendable, Equatable {
    /// The exchange that routes it.
    public var exchange: String
    /// The routing key.
    public var routingKey: String
    /// The body.
    public var body: [UInt8]
    /// The identity of the message, unique among those in flight: a returned message is recognised by it.
    public var messageID: String
    /// The type that consumers dispatch on.
    public var type: String
    /// The media type of the body.
    public var contentType: String
    /// The service that publishes it.
    public var appID: String
    /// Further properties.
    public var headers: AMQPTable
    /// Whether a message that no queue takes is to be reported as unroutable.
    public var mandatory: Bool
    /// Whether the broker keeps it on disk.
    public var persistent: Bool

    /// Describes a message; the type and the content type are empty when they do not matter.
    public init(
        exchange: String, routingKey: String, body: [UInt8], messageID: String, type: String,
        contentType: String,
        appID: String = "", headers: AMQPTable = [:], mandatory: Bool, persistent: Bool
    ) {
        self.exchange = exchange
        self.routingKey = routingKey
        self.body = body
        self.messageID = messageID
        self.type = type
        self.contentType = contentType
        self.appID = appID
        self.headers = headers
        self.mandatory = mandatory
        self.persistent = persistent
    }
}
