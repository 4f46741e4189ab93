import AMQP
import Primitives

/// The copies of a message that go to the retry ladder, to the dead letters, and back.
///
/// The broker's own headers are left out: with them it may drop the copy as a cycle.
struct MovedMessage: Sendable {
    /// Headers that this module writes.
    enum Header {
        static let attempt = "x-attempt"
        static let firstFailedAt = "x-first-failed-at"
        static let lastError = "x-last-error"
        static let reason = "x-dead-reason"
        static let diedAt = "x-died-at"
        static let sourceExchange = "x-source-exchange"
        static let sourceKey = "x-source-routing-key"
    }

    /// The longest text of an error that travels in a header.
    static let errorCharactersMaximum = 300

    let service: String
    let queue: String

    /// The copy for the next step of the ladder, or nil after the last.
    func retry(_ delivery: Delivery, error: String, steps: Int, now: Instant) -> OutgoingMessage? {
        let step = Self.attempt(delivery) + 1
        guard step <= steps else { return nil }
        var headers = kept(delivery, error: error, now: now)
        headers[Header.attempt] = .integer(Int64(step))
        return copy(delivery, to: "\(service).retry", key: "\(queue).retry.\(step)", headers: headers)
    }

    /// The copy for the dead letters.
    func dead(_ delivery: Delivery, reason: String, detail: String, now: Instant) -> OutgoingMessage {
        var headers = kept(delivery, error: detail, now: now)
        headers[Header.reason] = .string(reason)
        headers[Header.diedAt] = .string(now.rfc3339)
        return copy(delivery, to: "\(service).dead", key: queue, headers: headers)
    }

    /// The copy that goes back to the queue as if it had never failed.
    func redriven(_ delivery: Delivery) -> OutgoingMessage {
        var headers = delivery.headers.withoutDeathHeaders
        for name in [
            Header.attempt, Header.firstFailedAt, Header.lastError, Header.reason, Header.diedAt,
        ] {
            headers[name] = nil
        }
        return copy(delivery, to: "\(service).requeue", key: queue, headers: headers)
    }

    /// How often the message has been tried again.
    static func attempt(_ delivery: Delivery) -> Int {
        Int(clamping: max(0, delivery.headers[Header.attempt]?.integer ?? 0))
    }

    /// The exchange that a message was first published on, also after a detour.
    static func sourceExchange(_ delivery: Delivery) -> String {
        delivery.headers[Header.sourceExchange]?.string ?? delivery.exchange
    }

    private func kept(_ delivery: Delivery, error: String, now: Instant) -> AMQPTable {
        var headers = delivery.headers.withoutDeathHeaders
        headers[Header.lastError] = .string(String(error.prefix(Self.errorCharactersMaximum)))
        if headers[Header.firstFailedAt] == nil { headers[Header.firstFailedAt] = .string(now.rfc3339) }
        if headers[Header.sourceExchange] == nil {
            headers[Header.sourceExchange] = .string(delivery.exchange)
            headers[Header.sourceKey] = .string(delivery.routingKey)
        }
        return headers
    }

    private func copy(
        _ delivery: Delivery, to exchange: String, key: String, headers: AMQPTable
    ) -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange, routingKey: key, body: delivery.body,
            // A message without an id gets one: an unroutable copy is recognised by it.
            messageID: delivery.messageID.isEmpty ? RawID.v7().uuidString : delivery.messageID,
            type: delivery.type, contentType: delivery.contentType, appID: delivery.appID, headers: headers,
            mandatory: true, persistent: true)
    }
}
