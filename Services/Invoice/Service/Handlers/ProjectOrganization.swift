import EventContracts
import Messaging
import Postgres
import Primitives

/// An event that carries an organization as it is then.
protocol OrganizationEvent: EventPayload {
    var organization: OrganizationFacts { get }
}

extension OrganizationCreated: OrganizationEvent {}
extension OrganizationUpdated: OrganizationEvent {}
extension OrganizationSnapshotTaken: OrganizationEvent {}

/// Keeps what identity tells about senders; the sequence decides which of two events is newer.
struct ProjectOrganization<Payload: OrganizationEvent>: EventHandler {
    var deduplication: Deduplication { .naturalKey("an older or equal sequence changes nothing") }

    func handle(_ batch: [Received<Payload>], in tx: borrowing Transaction) throws {
        var newest: [OrganizationID: (facts: OrganizationFacts, sequence: Int64)] = [:]
        for event in batch {
            let facts = event.payload.organization
            guard let sequence = event.envelope.sequence else {
                throw HandlingFailure.permanent("a public event has a sequence")
            }
            if let known = newest[facts.organizationID], known.sequence >= sequence { continue }
            newest[facts.organizationID] = (facts, sequence)
        }
        let rows = newest.values.map(\.facts)
        try tx.send(
            """
            INSERT INTO organizations AS o (id, currency, zone, invoice_prefix, pay_link_days, pay_link_one_time, domain,
                sequence)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::boolean[],
                $7::text[], $8::bigint[])
            ON CONFLICT (id) DO UPDATE SET currency = excluded.currency, zone = excluded.zone,
                invoice_prefix = excluded.invoice_prefix, pay_link_days = excluded.pay_link_days,
                pay_link_one_time = excluded.pay_link_one_time, domain = excluded.domain, sequence = excluded.sequence
            WHERE o.sequence < excluded.sequence
            """,
            [
                rows.map(\.organizationID), rows.map(\.currency), rows.map(\.zone.name),
                rows.map(\.invoicePrefix),
                rows.map(\.payLinkDays), rows.map(\.payLinkOneTime), rows.map(\.domain),
                newest.values.map(\.sequence),
            ])
    }
}
