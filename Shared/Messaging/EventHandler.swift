public import EventContracts
public import Postgres

/// Handles one type of event, in batches.
public protocol EventHandler: Sendable {
    /// What the event says.
    associatedtype Payload: EventPayload

    /// What keeps a repeated event from having its effect twice; the inbox unless said otherwise.
    var deduplication: Deduplication { get }

    /// Handles the events in the order of their arrival, all in one transaction.
    ///
    /// Statements are its only effects: it may run again. If it throws, the events are handled one by one, each in a
    /// transaction of its own, and only then does the error decide about an event.
    func handle(_ batch: [Received<Payload>], in tx: borrowing Transaction) throws
}

extension EventHandler {
    /// The inbox.
    public var deduplication: Deduplication { .inbox }
}

/// An event that arrived.
public struct Received<Payload: EventPayload>: Sendable {
    /// Its id, origin, sequence and cause.
    public let envelope: EventEnvelope
    /// What it says.
    public let payload: Payload

    /// An event, for tests of handlers.
    public init(envelope: EventEnvelope, payload: Payload) {
        self.envelope = envelope
        self.payload = payload
    }
}

/// Handles events of several types without reading what they say, for example to keep their bytes.
public protocol EnvelopeHandler: Sendable {
    /// The types it takes.
    var types: [String] { get }

    /// What keeps a repeated event from having its effect twice; the inbox unless said otherwise.
    var deduplication: Deduplication { get }

    /// Handles the events in the order of their arrival, all in one transaction; see `EventHandler.handle`.
    func handle(_ batch: [ReceivedEnvelope], in tx: borrowing Transaction) throws
}

extension EnvelopeHandler {
    /// The inbox.
    public var deduplication: Deduplication { .inbox }
}

/// An event that arrived, with the bytes it came as.
public struct ReceivedEnvelope: Sendable {
    /// Its id, origin, sequence and cause.
    public let envelope: EventEnvelope
    /// The whole event as it was published.
    public let bytes: [UInt8]
    /// The exchange that it was published on, which says whether it is public.
    public let exchange: String

    /// An event, for tests of handlers.
    public init(envelope: EventEnvelope, bytes: [UInt8], exchange: String) {
        self.envelope = envelope
        self.bytes = bytes
        self.exchange = exchange
    }
}
