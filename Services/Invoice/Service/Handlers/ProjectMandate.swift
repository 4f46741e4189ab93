import EventContracts
import Messaging
import Postgres
import Primitives

/// Keeps which payers let which senders charge them, for the lists that show what is planned for automatic payment.
struct ProjectMandate: EventHandler {
    typealias Payload = MandateChanged

    var deduplication: Deduplication { .naturalKey("an older or equal sequence changes nothing") }

    func handle(_ batch: [Received<MandateChanged>], in tx: borrowing Transaction) throws {
        var newest: [MandateID: (event: Received<MandateChanged>, sequence: Int64)] = [:]
        for event in batch {
            guard let sequence = event.envelope.sequence else {
                throw HandlingFailure.permanent("a public event has a sequence")
            }
            if let known = newest[event.payload.mandateID], known.sequence >= sequence { continue }
            newest[event.payload.mandateID] = (event, sequence)
        }
        let rows = newest.values.map(\.event.payload)
        try tx.send(
            """
            INSERT INTO mandates AS m (mandate_id, organization_id, account_id, is_active, covers_from, sequence,
                is_revoked, recurring_invoice_id, invoice_id)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::boolean[], $5::timestamptz[], $6::bigint[],
                $7::boolean[], $8::uuid[], $9::uuid[])
            ON CONFLICT (mandate_id) DO UPDATE SET is_active = excluded.is_active, covers_from = excluded.covers_from,
                sequence = excluded.sequence, is_revoked = excluded.is_revoked
            WHERE m.sequence < excluded.sequence
            """,
            [
                rows.map(\.mandateID), rows.map(\.organizationID), rows.map(\.accountID),
                rows.map { $0.status == .active },
                newest.values.map { $0.event.payload.coversFrom ?? $0.event.envelope.time },
                newest.values.map(\.sequence), rows.map { $0.status == .revoked },
                rows.map(\.recurringInvoiceID), rows.map(\.invoiceID),
            ])
        try MandateProjection.replan(rows.map(\.organizationID), rows.map(\.accountID), in: tx)
    }
}
