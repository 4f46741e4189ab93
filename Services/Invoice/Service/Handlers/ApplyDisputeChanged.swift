import EventContracts
import InvoiceDomain
import Messaging
import Postgres
import Primitives

/// Shows on an invoice that its payer has objected to a payment; a dispute that is lost counts as given back, and never
/// opens the invoice again.
struct ApplyDisputeChanged: EventHandler {
    typealias Payload = DisputeChanged

    let outbox: Outbox
    let clock: any WallClock

    var deduplication: Deduplication { .naturalKey("a dispute has one row, which only goes on") }

    func handle(_ batch: [Received<DisputeChanged>], in tx: borrowing Transaction) throws {
        // Of several events about a dispute the one counts that decides it.
        let latest = Dictionary(batch.map { ($0.payload.disputeID, $0) }) { first, second in
            first.payload.status == .opened ? second : first
        }
        let fresh = try store(latest.values.map(\.payload), in: tx)
        let events = fresh.compactMap { latest[$0] }
        guard !events.isEmpty else { return }
        let now = clock.now()
        let lost = events.filter { $0.payload.status == .lost && $0.payload.withheldMinor > 0 }
        try bookLost(lost.map(\.payload), in: tx)
        let open = try openInvoices(among: events.map(\.payload.invoiceID), in: tx)
        var invoices = try InvoiceBatch(events.map(\.payload.invoiceID), at: now, in: tx)
        for event in events {
            let (dispute, cause) = (event.payload, EventCause(following: event.envelope, clockTime: now))
            guard invoices.paidMinor(of: dispute.invoiceID) ?? 0 >= dispute.withheldMinor else {
                throw HandlingFailure.transient("the payment of this dispute is not booked yet")
            }
            if dispute.status == .lost, dispute.withheldMinor > 0 {
                try invoices.apply(.refund(dispute.withheldMinor), to: dispute.invoiceID, cause: cause)
            }
            try invoices.apply(
                .dispute(isOpen: open.contains(dispute.invoiceID)), to: dispute.invoiceID, cause: cause)
        }
        try invoices.save(outbox, in: tx)
    }

    /// Returns the disputes that are new, or decided now.
    private func store(_ disputes: [DisputeChanged], in tx: borrowing Transaction) throws -> [DisputeID] {
        try tx.query(
            """
            INSERT INTO disputes AS d (dispute_id, invoice_id, payment_id, organization_id, withheld, status, changed_at)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[],
                $7::timestamptz[])
            ON CONFLICT (dispute_id) DO UPDATE SET status = excluded.status, changed_at = excluded.changed_at
                WHERE d.status = 'opened' AND excluded.status <> 'opened'
            RETURNING dispute_id
            """,
            [
                disputes.map(\.disputeID), disputes.map(\.invoiceID), disputes.map(\.paymentID),
                disputes.map(\.organizationID), disputes.map(\.withheldMinor),
                disputes.map(\.status.rawValue), disputes.map(\.changedAt),
            ]
        ).column(0)
    }

    /// What a bank took back for good is a refund that nobody asked for.
    private func bookLost(_ disputes: [DisputeChanged], in tx: borrowing Transaction) throws {
        guard !disputes.isEmpty else { return }
        let ids = disputes.map { RefundID($0.disputeID.raw) }
        try tx.send(
            """
            INSERT INTO refunds (refund_id, invoice_id, payment_id, organization_id, amount, reason, succeeded_at)
            SELECT t.id, t.invoice, t.payment, t.organization, t.amount, 'dispute_lost', t.at
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::timestamptz[])
                AS t (id, invoice, payment, organization, amount, at)
            """,
            [
                ids, disputes.map(\.invoiceID), disputes.map(\.paymentID), disputes.map(\.organizationID),
                disputes.map(\.withheldMinor), disputes.map(\.changedAt),
            ])
        try StatisticChanges.appendRefunds(ids, in: tx)
    }

    private func openInvoices(among ids: [InvoiceID], in tx: borrowing Transaction) throws -> Set<InvoiceID> {
        Set(
            try tx.query(
                "SELECT DISTINCT invoice_id FROM disputes WHERE invoice_id = ANY ($1) AND status = 'opened'",
                [ids]
            ).column(0, as: InvoiceID.self))
    }
}
