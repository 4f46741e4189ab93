/// One thing that the broker told this client, already copied out of the library's memory.
enum BrokerEvent: Sendable {
    /// A message for the subscription of this connection.
    case delivered(ReceivedContent, tag: UInt64)
    /// A mandatory message that no queue took; its confirm follows.
    case returned(messageID: String, reason: String)
    /// The broker has taken a message, or every message up to it.
    case confirmed(tag: UInt64, multiple: Bool)
    /// The broker has refused a message, or every message up to it.
    case refused(tag: UInt64, multiple: Bool)
    /// The broker does not read from publishers for now.
    case blocked(reason: String)
    /// The broker reads again.
    case unblocked
}

/// A message with its properties.
struct ReceivedContent: Sendable {
    var exchange: String
    var routingKey: String
    var redelivered: Bool
    var body: [UInt8]
    var announcedBodyBytes: UInt64
    var messageID: String
    var type: String
    var contentType: String
    var appID: String
    var headers: AMQPTable

    /// The delivery that carries this content.
    func delivery(_ token: DeliveryToken) -> Delivery {
        Delivery(
            token: token, body: body, announcedBodyBytes: announcedBodyBytes, messageID: messageID,
            type: type,
            contentType: contentType, appID: appID, exchange: exchange, routingKey: routingKey,
            headers: headers,
            redelivered: redelivered)
    }
}
