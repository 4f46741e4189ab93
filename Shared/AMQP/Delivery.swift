/// Names one delivery on one connection; on any other connection it means nothing and is ignored.
public struct DeliveryToken: Sendable, Hashable {
    /// The connection that the delivery came on.
    public let generation: UInt64
    /// The broker's number of the delivery on it.
    public let tag: UInt64

    /// Names a delivery.
    public init(generation: UInt64, tag: UInt64) {
        self.generation = generation
        self.tag = tag
    }
}

/// A message as it arrived.
public struct Delivery: Sendable {
    /// What to acknowledge.
    public let token: DeliveryToken
    /// The body, cut off at the configured maximum.
    public let body: [UInt8]
    /// The length that the publisher announced; larger than `body.count` when the body was cut off.
    public let announcedBodyBytes: UInt64
    /// The identity of the message, empty if the publisher gave none.
    public let messageID: String
    /// The type to dispatch on, empty if the publisher gave none.
    public let type: String
    /// The media type of the body.
    public let contentType: String
    /// The service that published it.
    public let appID: String
    /// The exchange that it last went through.
    public let exchange: String
    /// The routing key that it last had.
    public let routingKey: String
    /// Further properties.
    public let headers: AMQPTable
    /// Whether the broker has delivered it before.
    public let redelivered: Bool

    /// How many times the broker has delivered it before.
    public var deliveryCount: Int64 { headers["x-delivery-count"]?.integer ?? 0 }

    /// Describes an arrived message.
    public init(
        token: DeliveryToken, body: [UInt8], announcedBodyBytes: UInt64, messageID: String, type: String,
        contentType: String, appID: String, exchange: String, routingKey: String, headers: AMQPTable,
        redelivered: Bool
    ) {
        self.token = token
        self.body = body
        self.announcedBodyBytes = announcedBodyBytes
        self.messageID = messageID
        self.type = type
        self.contentType = contentType
        self.appID = appID
        self.exchange = exchange
        self.routingKey = routingKey
        self.headers = headers
        self.redelivered = redelivered
    }
}
