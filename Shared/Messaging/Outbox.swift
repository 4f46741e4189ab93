public import EventContracts
public import Lifecycle
public import Postgres
import Primitives

/// Writes events in the transaction that they tell about; the relay publishes them after its commit.
///
/// - Important: Take the row lock of an aggregate before writing its events: then their order is the order of the
///   commits, although numbers are handed out before.
public struct Outbox: Sendable {
    /// The largest event, a little below the size of a frame; what is larger travels by reference.
    public static let eventBytesMaximum = 131_064

    /// Wakes the relay of this process.
    public let wakeup: Wakeup

    /// An outbox and the signal of its relay.
    public init(wakeup: Wakeup = Wakeup()) { self.wakeup = wakeup }

    /// Writes the events in order, in one statement.
    public func write(_ events: [OutgoingEvent], in tx: borrowing Transaction) throws {
        guard !events.isEmpty else { return }
        if let large = events.first(where: { $0.body.count > Self.eventBytesMaximum }) {
            throw OversizedEvent(type: large.type, bytes: large.body.count)
        }
        try tx.send(
            Self.insert,
            [
                events.map(\.id), events.map(\.aggregate), events.map(\.exchange), events.map(\.routingKey),
                events.map(\.type), events.map(\.body),
            ])
        if TestTime.current != nil { try TestTraffic.count(sent: events, in: tx) }
        let wakeup = wakeup
        tx.afterCommit { wakeup.signal() }
    }

    /// Carries the statement out without an event, for callers whose time must not tell whether there was one.
    public func writeNothing(in tx: borrowing Transaction) throws {
        let none: [String] = []
        try tx.send(Self.insert, [[RawID](), [RawID](), none, none, none, [[UInt8]]()])
    }

    /// Writes one event.
    public func write(_ event: OutgoingEvent, in tx: borrowing Transaction) throws {
        try write([event], in: tx)
    }

    private static let insert = """
        WITH written AS (
            INSERT INTO events (event_id, aggregate_id, exchange, routing_key, type, body)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::bytea[])
            RETURNING id, aggregate_id
        )
        INSERT INTO pending (id, aggregate_id) SELECT id, aggregate_id FROM written
        """
}

/// An event that is too large to be published.
public struct OversizedEvent: Error, Hashable, Sendable {
    /// Its type.
    public let type: String
    /// Its size.
    public let bytes: Int
}
