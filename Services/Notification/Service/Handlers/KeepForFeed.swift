import EventContracts
import Messaging
import Postgres

/// Keeps every public event of an organization for the feed, as the bytes it was published with.
struct KeepForFeed: EnvelopeHandler {
    let types: [String]

    var deduplication: Deduplication { .naturalKey("an event is in the feed once") }

    /// Takes all public events that the catalogue sends to a queue.
    init(queue name: String) {
        let reads = EventCatalogue.queues.first { $0.name == name }?.reads ?? []
        types = reads.filter { $0.channel == .events }.map(\.type)
    }

    func handle(_ batch: [ReceivedEnvelope], in tx: borrowing Transaction) throws {
        // What belongs to no organization, such as the end of a login, is nobody's business in a feed.
        let events = batch.filter { $0.envelope.tenantID != nil }
        guard !events.isEmpty else { return }
        try tx.send(
            """
            INSERT INTO feed (event_id, organization_id, sequence, source, type, subject, body)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::text[], $7::bytea[])
            ON CONFLICT (event_id) DO NOTHING
            """,
            [
                events.map(\.envelope.id), events.compactMap(\.envelope.tenantID),
                events.map(\.envelope.sequence),
                events.map(\.envelope.source), events.map(\.envelope.type), events.map(\.envelope.subject),
                events.map(\.bytes),
            ])
    }
}
