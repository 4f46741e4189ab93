import AMQP
import EventContracts
import Postgres
import Primitives

/// The handlers of one consumer, by type, in the order of their registration.
struct HandlerRegistry: Sendable {
    private let handlers: [BoxedHandler]
    private let byType: [String: [Int]]

    init(_ typed: [any EventHandler], _ envelopes: [any EnvelopeHandler]) {
        handlers = typed.map { Self.box($0) } + envelopes.map(BoxedHandler.init(envelope:))
        var byType: [String: [Int]] = [:]
        for (index, handler) in handlers.enumerated() {
            for type in handler.types { byType[type, default: []].append(index) }
        }
        self.byType = byType
    }

    /// Reads a delivery for all handlers of its type.
    func read(_ delivery: Delivery) throws(Unreadable) -> ReadEvent {
        guard delivery.announcedBodyBytes <= UInt64(Outbox.eventBytesMaximum) else {
            throw Unreadable(reason: "oversized", detail: "\(delivery.announcedBodyBytes) bytes")
        }
        guard let indexes = byType[delivery.type] else {
            throw Unreadable(reason: "unknown_type", detail: delivery.type)
        }
        do {
            let envelope = try EventEnvelope(parsing: delivery.body)
            guard envelope.type == delivery.type else {
                throw EnvelopeError(attribute: "type")
            }
            var parts: [ReadEvent.Part] = []
            for index in indexes {
                let payload = try handlers[index].decode(envelope)
                parts.append(ReadEvent.Part(handler: index, payload: payload))
            }
            let needsInbox = indexes.contains { handlers[$0].deduplication == .inbox }
            return ReadEvent(delivery: delivery, envelope: envelope, parts: parts, needsInbox: needsInbox)
        } catch {
            throw Unreadable(reason: "undecodable", detail: "\(error)")
        }
    }

    /// Lets each handler handle its events.
    func handle(_ events: [ReadEvent], in tx: borrowing Transaction) throws {
        var groups: [[HandlerInput]] = Array(repeating: [], count: handlers.count)
        for event in events {
            for part in event.parts {
                groups[part.handler].append(HandlerInput(event: event, payload: part.payload))
            }
        }
        for (index, group) in groups.enumerated() where !group.isEmpty {
            try handlers[index].handle(group, tx)
        }
    }

    private static func box(_ handler: some EventHandler) -> BoxedHandler { BoxedHandler(typed: handler) }
}

/// An event that was read, with its payload for each of its handlers.
struct ReadEvent: Sendable {
    struct Part: Sendable {
        let handler: Int
        let payload: (any EventPayload)?
    }

    let delivery: Delivery
    let envelope: EventEnvelope
    let parts: [Part]
    let needsInbox: Bool
}

/// What one handler gets of one event.
struct HandlerInput: Sendable {
    let event: ReadEvent
    let payload: (any EventPayload)?
}

/// A message that is no event, or none that this consumer knows.
struct Unreadable: Error {
    let reason: String
    let detail: String
}

/// A handler without its type.
struct BoxedHandler: Sendable {
    let types: [String]
    let deduplication: Deduplication
    let decode: @Sendable (EventEnvelope) throws -> (any EventPayload)?
    let handle: @Sendable ([HandlerInput], borrowing Transaction) throws -> Void

    init<Handler: EventHandler>(typed handler: Handler) {
        types = [Handler.Payload.descriptor.type]
        deduplication = handler.deduplication
        decode = { try JSON.decode(Handler.Payload.self, from: $0.data) }
        handle = { inputs, tx in
            let batch = inputs.compactMap { input in
                (input.payload as? Handler.Payload).map {
                    Received(envelope: input.event.envelope, payload: $0)
                }
            }
            try handler.handle(batch, in: tx)
        }
    }

    init(envelope handler: any EnvelopeHandler) {
        types = handler.types
        deduplication = handler.deduplication
        decode = { _ in nil }
        handle = { inputs, tx in
            let batch = inputs.map { input in
                ReceivedEnvelope(
                    envelope: input.event.envelope, bytes: input.event.delivery.body,
                    exchange: MovedMessage.sourceExchange(input.event.delivery))
            }
            try handler.handle(batch, in: tx)
        }
    }
}
