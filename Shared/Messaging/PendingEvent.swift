import AMQP
import EventContracts
import Primitives

/// An event that is to be published.
struct PendingEvent: Sendable {
    let id: Int64
    let eventID: RawID
    let aggregate: RawID
    let exchange: String
    let routingKey: String
    let type: String
    let body: [UInt8]
    let attempts: Int

    func message(from service: String, mandatory: Bool) -> OutgoingMessage {
        OutgoingMessage(
            exchange: exchange, routingKey: routingKey, body: body, messageID: eventID.uuidString, type: type,
            contentType: EventEnvelope.contentType, appID: service, mandatory: mandatory, persistent: true)
    }
}
