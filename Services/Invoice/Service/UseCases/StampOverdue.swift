import EventContracts
import InvoiceDomain
import Messaging
import Postgres
import Primitives

/// Notes of open invoices that the end of their due day has passed: once each, with one event.
struct StampOverdue: Sendable {
    let outbox: Outbox
    let now: Instant
    /// How many invoices are stamped at once.
    let limit: Int

    /// Stamps the next invoices that were due before the day that has come; nil when there are no more.
    func run(_ timer: DailyTimer, in tx: borrowing Transaction) throws -> DailyTimer.Place? {
        let candidates = try tx.query(
            """
            SELECT due_date, invoice_id FROM unsettled_invoices
            WHERE organization_id = $1 AND NOT is_overdue AND state = 'finalized' AND due_date < $2
                AND ($3::date IS NULL OR (due_date, invoice_id) > ($3, $4))
            ORDER BY due_date, invoice_id LIMIT $5
            """,
            [
                timer.organizationID, timer.come, timer.reached?.dueDate, timer.reached?.invoiceID,
                limit,
            ]
        ).map { row in DailyTimer.Place(dueDate: try row[0], invoiceID: try row[1]) }
        try stamp(candidates.compactMap(\.invoiceID), of: timer.organizationID, in: tx)
        return candidates.count == limit ? candidates.last : nil
    }

    private func stamp(
        _ ids: [InvoiceID], of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws {
        // Behind the locks: what was paid or voided since it was found is left as it is.
        let open = try tx.query(
            """
            SELECT id FROM invoices WHERE id = ANY ($1) AND state = 'finalized' AND overdue_at IS NULL
            ORDER BY id FOR UPDATE
            """, [ids]
        ).column(0, as: InvoiceID.self)
        guard !open.isEmpty else { return }
        var invoices = try InvoiceBatch(open, at: now, in: tx)
        let cause = EventCause(traceparent: nil, clockTime: now)
        for id in open { try invoices.apply(.passDueDate, to: id, cause: cause) }
        try tx.send("UPDATE unsettled_invoices SET is_overdue = true WHERE invoice_id = ANY ($1)", [open])
        let events = try invoices.write(in: tx)
        try AuditTrail.record(events, by: .service, of: organizationID, at: now, in: tx)
        try outbox.write(events, in: tx)
    }
}
