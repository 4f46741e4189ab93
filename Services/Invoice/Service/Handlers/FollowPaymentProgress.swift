import EventContracts
import InvoiceDomain
import Messaging
import Postgres
import Primitives

/// Shows on an invoice that a payment is under way, unless it has arrived in the meantime.
struct ShowPaymentProcessing: EventHandler {
    typealias Payload = PaymentProcessing

    let outbox: Outbox
    let clock: any WallClock

    func handle(_ batch: [Received<PaymentProcessing>], in tx: borrowing Transaction) throws {
        let paymentIDs = batch.map(\.payload.payment.paymentID)
        let arrived = Set(
            try tx.query("SELECT payment_id FROM receipts WHERE payment_id = ANY ($1)", [paymentIDs])
                .column(0, as: PaymentID.self))
        let waiting = batch.filter { !arrived.contains($0.payload.payment.paymentID) }
        let now = clock.now()
        var invoices = try InvoiceBatch(
            waiting.flatMap { $0.payload.payment.allocations.map(\.invoiceID) }, at: now, in: tx)
        for event in waiting {
            for allocation in event.payload.payment.allocations {
                invoices.wait(for: event.payload.payment.paymentID, at: allocation.invoiceID)
                try invoices.apply(
                    .beginProcessing, to: allocation.invoiceID,
                    cause: EventCause(following: event.envelope, clockTime: now))
            }
        }
        try invoices.save(outbox, in: tx)
    }
}

/// Ends what `ShowPaymentProcessing` began when the payment brings nothing.
struct EndPaymentProcessing: EventHandler {
    typealias Payload = PaymentFailed

    let outbox: Outbox
    let clock: any WallClock

    func handle(_ batch: [Received<PaymentFailed>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        var invoices = try InvoiceBatch(
            batch.flatMap { $0.payload.payment.allocations.map(\.invoiceID) }, at: now, in: tx)
        for event in batch {
            let payment = event.payload.payment
            for allocation in payment.allocations
            where invoices.processingPaymentID(of: allocation.invoiceID) == payment.paymentID {
                try invoices.apply(
                    .endProcessing, to: allocation.invoiceID,
                    cause: EventCause(following: event.envelope, clockTime: now))
            }
        }
        try invoices.save(outbox, in: tx)
    }
}
