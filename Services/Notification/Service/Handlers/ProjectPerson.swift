import EventContracts
import Messaging
import Postgres
import Primitives

/// Keeps the names and addresses of accounts and senders, as mails need them.
struct ProjectPerson: EventHandler {
    var deduplication: Deduplication { .naturalKey("an older event changes nothing") }

    func handle(_ batch: [Received<PersonChanged>], in tx: borrowing Transaction) throws {
        let accounts = Self.newest(batch, .account) { $0.accountID?.raw }
        let organizations = Self.newest(batch, .organization) { $0.organizationID?.raw }
        if !accounts.isEmpty { try upsertAccounts(accounts, in: tx) }
        if !organizations.isEmpty { try upsertOrganizations(organizations, in: tx) }
    }

    private typealias Newest = [(id: RawID, event: Received<PersonChanged>)]

    /// The last state of each, in the order of the ids: rows are always locked in the same order.
    private static func newest(
        _ batch: [Received<PersonChanged>], _ kind: PersonKind, _ id: (PersonChanged) -> RawID?
    ) -> Newest {
        var newest: [RawID: Received<PersonChanged>] = [:]
        for event in batch where event.payload.kind == kind {
            guard let id = id(event.payload) else { continue }
            if let known = newest[id], known.envelope.time > event.envelope.time { continue }
            newest[id] = event
        }
        return newest.sorted { $0.key < $1.key }.map { (id: $0.key, event: $0.value) }
    }

    private func upsertAccounts(_ newest: Newest, in tx: borrowing Transaction) throws {
        try tx.send(
            """
            INSERT INTO accounts AS a (account_id, name, email, language, as_of)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::timestamptz[])
            ON CONFLICT (account_id) DO UPDATE SET name = excluded.name, email = excluded.email,
                language = excluded.language, as_of = excluded.as_of WHERE a.as_of < excluded.as_of
            """,
            [
                newest.map(\.id), newest.map(\.event.payload.name), newest.map(\.event.payload.email),
                newest.map(\.event.payload.language), newest.map(\.event.envelope.time),
            ])
    }

    private func upsertOrganizations(_ newest: Newest, in tx: borrowing Transaction) throws {
        try tx.send(
            """
            INSERT INTO organizations AS o (organization_id, name, email, address, language, accent_color, as_of)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::timestamptz[])
            ON CONFLICT (organization_id) DO UPDATE SET name = excluded.name, email = excluded.email,
                address = excluded.address, language = excluded.language, accent_color = excluded.accent_color,
                as_of = excluded.as_of WHERE o.as_of < excluded.as_of
            """,
            [
                newest.map(\.id), newest.map(\.event.payload.name), newest.map(\.event.payload.email),
                newest.map(\.event.payload.address), newest.map(\.event.payload.language),
                newest.map(\.event.payload.accentColor), newest.map(\.event.envelope.time),
            ])
    }
}
