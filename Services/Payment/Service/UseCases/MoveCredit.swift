import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives

/// Adds to a client's credit at a sender, and uses it: the balance, the books and the event, under the credit's row lock.
struct MoveCredit: Sendable {
    let outbox: Outbox
    let clock: any WallClock

    /// What the client has paid beyond what is owed stays with the sender.
    func add(
        _ amount: Money, to customer: CustomerID, at organization: OrganizationID, _ reason: BalanceReason,
        invoice: InvoiceID?, cause: EventCause, in tx: borrowing Transaction
    ) throws {
        let now = clock.now()
        let stored = try CreditStore.add(amount, to: customer, at: organization, now: now, in: tx)
        guard let stored else { return }
        try record(stored, amount.minorUnits, reason, invoice: invoice, now: now, cause: cause, in: tx)
    }

    /// Uses as much of it as there is, up to what an invoice asks for.
    ///
    /// - Returns: How much it was, in minor units.
    func use(
        atMost amount: Money, of customer: CustomerID, for invoice: InvoiceID, cause: EventCause,
        in tx: borrowing Transaction
    ) throws -> Int64 {
        guard let (stored, used) = try CreditStore.use(atMost: amount, of: customer, in: tx) else { return 0 }
        try record(stored, -used, .payment, invoice: invoice, now: clock.now(), cause: cause, in: tx)
        return used
    }

    private func record(
        _ stored: CreditStore.Stored, _ amountMinor: Int64, _ reason: BalanceReason, invoice: InvoiceID?,
        now: Instant, cause: EventCause, in tx: borrowing Transaction
    ) throws {
        try Ledger.book(
            Ledger.Transfer(
                id: TransferID.new(at: now), organizationID: stored.organizationID,
                debit: amountMinor > 0 ? .sender : .payerCredit,
                credit: amountMinor > 0 ? .payerCredit : .sender,
                amount: Money(minorUnits: abs(amountMinor), currency: stored.balance.currency),
                reason: reason, invoiceID: invoice, creditID: stored.id),
            at: now, in: tx)
        try outbox.write(
            stored.changedEvent(reason, amountMinor: amountMinor, invoice: invoice, cause: cause), in: tx)
    }
}
