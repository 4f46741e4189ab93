import AMQP

/// A message that could not be handled.
public struct DeadLetter: Sendable {
    /// The id of the message; for an event, its id.
    public let messageID: String
    /// The type.
    public let type: String
    /// Why it is here: `permanent`, `attempts_exhausted`, `undecodable`, `unknown_type`, `oversized`, or the broker's
    /// own reason, such as `delivery_limit`.
    public let reason: String
    /// What the last try said.
    public let lastError: String
    /// How often it was tried again.
    public let attempts: Int
    /// When it failed first, RFC 3339.
    public let firstFailedAt: String
    /// The exchange that it was published on.
    public let exchange: String
    /// The message.
    public let body: [UInt8]

    init(_ delivery: Delivery) {
        messageID = delivery.messageID
        type = delivery.type
        let headers = delivery.headers
        reason =
            headers[MovedMessage.Header.reason]?.string ?? headers["x-first-death-reason"]?.string
            ?? "unknown"
        lastError = headers[MovedMessage.Header.lastError]?.string ?? ""
        attempts = MovedMessage.attempt(delivery)
        firstFailedAt = headers[MovedMessage.Header.firstFailedAt]?.string ?? ""
        exchange = MovedMessage.sourceExchange(delivery)
        body = delivery.body
    }
}
