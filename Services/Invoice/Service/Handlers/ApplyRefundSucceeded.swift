import EventContracts
import InvoiceDomain
import Messaging
import Postgres
import Primitives

/// Notes on invoices what was given back; it never reopens them.
struct ApplyRefundSucceeded: EventHandler {
    typealias Payload = RefundSucceeded

    let outbox: Outbox
    let clock: any WallClock

    var deduplication: Deduplication { .naturalKey("a refund has one row") }

    func handle(_ batch: [Received<RefundSucceeded>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        var fresh = Set(try insert(batch, in: tx))
        guard !fresh.isEmpty else { return }
        let refunds = batch.filter { fresh.remove($0.payload.refund.refundID) != nil }
        var invoices = try InvoiceBatch(refunds.map(\.payload.refund.invoiceID), at: now, in: tx)
        for event in refunds {
            let refund = event.payload.refund
            try invoices.apply(
                .refund(refund.amountMinor), to: refund.invoiceID,
                cause: EventCause(following: event.envelope, clockTime: now))
        }
        try StatisticChanges.appendRefunds(refunds.map(\.payload.refund.refundID), in: tx)
        try invoices.save(outbox, in: tx)
    }

    private func insert(_ batch: [Received<RefundSucceeded>], in tx: borrowing Transaction) throws
        -> [RefundID]
    {
        let refunds = batch.map(\.payload.refund)
        return try tx.query(
            """
            INSERT INTO refunds (refund_id, invoice_id, payment_id, organization_id, amount, reason, succeeded_at)
            SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[], $6::text[],
                $7::timestamptz[])
            ON CONFLICT DO NOTHING RETURNING refund_id
            """,
            [
                refunds.map(\.refundID), refunds.map(\.invoiceID), refunds.map(\.paymentID),
                refunds.map(\.organizationID), refunds.map(\.amountMinor), refunds.map(\.reason),
                batch.map(\.payload.succeededAt),
            ]
        ).column(0, as: RefundID.self)
    }
}
