import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// A sender records money that came by bank transfer or cash: the total that has been received by every path.
///
/// Naming the total instead of a sum to add makes it safe to repeat.
struct RecordManualPayment: Sendable {
    let outbox: Outbox
    let clock: any WallClock
    let endAttempt: EndAttempt
    let endPlans: EndPlans
    let moveWallet: MoveWallet

    /// Records the difference between the total and what is known.
    ///
    /// - Parameters:
    ///   - receivedMinor: The total received by every path; nil for everything that is open.
    ///   - invoice: The invoice.
    ///   - organization: Whose it must be.
    ///   - tx: The transaction.
    /// - Returns: Whether there was a difference.
    /// - Throws: `Problem` when a payment is under way, when the total is less than what was collected, or more than is due.
    func callAsFunction(
        receivedMinor: Int64?, of invoice: InvoiceID, for organization: OrganizationID,
        in tx: borrowing Transaction
    ) throws -> Bool {
        let holder = try PayableStore.find(invoice, locks: false, in: tx)?.leasedBy
        let held = try holder.flatMap { try AttemptRecord.lock($0, in: tx) }
        guard let view = try PayableStore.find(invoice, locks: true, in: tx),
            view.organizationID == organization
        else {
            throw Problem.notFound
        }
        guard view.leasedBy == holder else {
            throw Problem.unavailable("The invoice changed at this moment.")
        }
        let total = receivedMinor ?? (view.payable.collectedMinor + view.payable.openMinor)
        let delta = total - view.payable.collectedMinor
        if delta == 0 { return false }
        if view.payable.isVoided { throw Problem.conflict("invoice_voided", "This invoice was cancelled") }
        guard delta > 0 else {
            throw Problem.conflict("below_collected", "More than that has been collected already")
        }
        guard delta <= view.payable.openMinor else {
            throw InvalidFields(
                field: "amount_paid", code: "out_of_range", message: "This is more than the invoice is worth."
            )
        }
        if let held, held.state.isOpen {
            switch held.state {
            case .held, .ready: try endAttempt.replaced(held, for: view.payable.invoiceID, in: tx)
            case .unknown: break  // A later success becomes surplus.
            default: throw PaymentRules.inProgress(held.attemptID)
            }
        }
        try book(delta, view: view, in: tx)
        return true
    }

    private func book(_ deltaMinor: Int64, view: PayableStore.View, in tx: borrowing Transaction) throws {
        let now = clock.now()
        let payment = PaymentID.new(at: now)
        let invoice = view.payable.invoiceID
        try tx.send(
            """
            WITH y AS (
                INSERT INTO payments (payment_id, organization_id, customer_id, account_id, invoice_id, source, currency,
                                      amount, state, attempt_count, sequence, created_at, settled_at)
                VALUES ($1, $2, $3, $4, $5, 'manual', $6, $7, 'succeeded', 0, 1, $8, $8)),
            l AS (
                INSERT INTO ledger_transfers (transfer_id, organization_id, debit, credit, currency, amount, booked_at)
                VALUES ($1, $2, 'manual', 'sender', $6, $7, $8))
            UPDATE payables SET collected = collected + $7 WHERE invoice_id = $5
            """,
            [
                payment, view.organizationID, view.customerID, view.accountID, invoice,
                view.payable.currency.code, deltaMinor, now,
            ])
        let cause = EventCause(traceparent: nil, clockTime: now)
        let facts = PaymentFacts(
            paymentID: payment, organizationID: view.organizationID, customerID: view.customerID,
            accountID: view.accountID, source: .manual, currency: view.payable.currency,
            amountMinor: deltaMinor,
            tenders: [Tender(kind: .manual, amountMinor: deltaMinor)],
            allocations: [Allocation(invoiceID: invoice, amountMinor: deltaMinor)])
        try outbox.write(
            OutgoingEvent(
                PaymentSucceeded(payment: facts, succeededAt: now), subject: payment,
                tenant: view.organizationID,
                sequence: 1, cause: cause), in: tx)
        if let wallet = view.walletID {
            var payable = view.payable
            payable.collectedMinor += deltaMinor
            try moveWallet.toppedUp(
                wallet, by: payment, for: payable, amountMinor: deltaMinor, cause: cause, in: tx)
        }
        try endPlans.settled(invoice, cause: cause, in: tx)
        // A plan that made room for this goes on with what is left.
        try endAttempt.admit.waiting(on: [invoice], cause: cause, in: tx)
    }
}
