import EventContracts
import InvoiceDomain
import Messaging
import Postgres
import Primitives

/// Books payments on their invoices: one receipt per payment and invoice, however often the event comes.
struct ApplyPaymentSucceeded: EventHandler {
    typealias Payload = PaymentSucceeded

    let outbox: Outbox
    let clock: any WallClock

    var deduplication: Deduplication { .naturalKey("a receipt is unique by payment and invoice") }

    func handle(_ batch: [Received<PaymentSucceeded>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        let receipts = try Receipt.insertFresh(batch.flatMap { Receipt.all(of: $0.payload) }, in: tx)
        guard !receipts.isEmpty else { return }
        var invoices = try InvoiceBatch(receipts.map(\.key.invoiceID), at: now, in: tx)
        var causes: [PaymentID: EventCause] = [:]
        for event in batch {
            causes[event.payload.payment.paymentID] = EventCause(following: event.envelope, clockTime: now)
        }
        for receipt in receipts {
            guard let cause = causes[receipt.key.paymentID] else { continue }
            guard invoices.currency(of: receipt.key.invoiceID) == receipt.currency else {
                throw HandlingFailure.permanent("the payment is in another currency than its invoice")
            }
            invoices.collect(receipt)
            try invoices.apply(
                .receive(receipt.amount), to: receipt.key.invoiceID, cause: cause, payment: receipt.applied)
        }
        try invoices.save(outbox, in: tx)
    }
}
