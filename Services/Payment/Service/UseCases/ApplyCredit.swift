import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Pays a new invoice with what its client has as credit at the sender, before anything is charged.
struct ApplyCredit: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let moveCredit: MoveCredit

    /// Pays as much of it as there is credit.
    ///
    /// - Returns: Whether something is still open.
    func callAsFunction(_ invoice: InvoiceID, cause: EventCause, in tx: borrowing Transaction) throws -> Bool
    {
        guard let view = try PayableStore.find(invoice, locks: true, in: tx), view.payable.openMinor > 0
        else {
            return false
        }
        let open = Money(minorUnits: view.payable.openMinor, currency: view.payable.currency)
        let used = try moveCredit.use(
            atMost: open, of: view.customerID, for: invoice, cause: cause, in: tx)
        guard used > 0 else { return true }
        let now = clock.now()
        let payment = PaymentID.new(at: now)
        try tx.send(
            """
            WITH y AS (
                INSERT INTO payments (payment_id, organization_id, customer_id, account_id, invoice_id, source, currency,
                                      amount, state, attempt_count, sequence, created_at, settled_at)
                VALUES ($1, $2, $3, $4, $5, 'autopay', $6, $7, 'succeeded', 0, 1, $8, $8))
            UPDATE payables SET collected = collected + $7 WHERE invoice_id = $5
            """,
            [
                payment, view.organizationID, view.customerID, view.accountID, invoice, open.currency.code,
                used, now,
            ])
        let facts = PaymentFacts(
            paymentID: payment, organizationID: view.organizationID, customerID: view.customerID,
            accountID: view.accountID, source: .autopay, currency: open.currency, amountMinor: used,
            tenders: [Tender(kind: .credit, amountMinor: used)],
            allocations: [Allocation(invoiceID: invoice, amountMinor: used)])
        try outbox.write(
            OutgoingEvent(
                PaymentSucceeded(payment: facts, succeededAt: now), subject: payment,
                tenant: view.organizationID, sequence: 1, cause: cause), in: tx)
        return used < open.minorUnits
    }
}
