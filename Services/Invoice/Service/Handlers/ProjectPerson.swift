import EventContracts
import Messaging
import Postgres
import Primitives

/// Keeps the names and addresses of senders, as documents show them.
struct ProjectPerson: EventHandler {
    typealias Payload = PersonChanged

    var deduplication: Deduplication { .naturalKey("an older event changes nothing") }

    func handle(_ batch: [Received<PersonChanged>], in tx: borrowing Transaction) throws {
        var newest: [OrganizationID: Received<PersonChanged>] = [:]
        for event in batch where event.payload.kind == .organization {
            guard let id = event.payload.organizationID else {
                throw HandlingFailure.permanent("the particulars of an organization name it")
            }
            if let known = newest[id], known.envelope.time > event.envelope.time { continue }
            newest[id] = event
        }
        guard !newest.isEmpty else { return }
        let events = Array(newest)
        try tx.send(
            """
            INSERT INTO organization_persons AS o (organization_id, name, email, address, language, as_of, accent_color,
                tax_id)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[],
                $7::text[], $8::text[])
            ON CONFLICT (organization_id) DO UPDATE SET name = excluded.name, email = excluded.email,
                address = excluded.address, language = excluded.language, as_of = excluded.as_of,
                accent_color = excluded.accent_color, tax_id = excluded.tax_id
            WHERE o.as_of < excluded.as_of
            """,
            [
                events.map(\.key), events.map(\.value.payload.name), events.map(\.value.payload.email),
                events.map(\.value.payload.address), events.map(\.value.payload.language),
                events.map(\.value.envelope.time), events.map(\.value.payload.accentColor),
                events.map(\.value.payload.taxID),
            ])
    }
}
