import EventContracts
import Messaging
import NotificationDomain
import Postgres
import Primitives

/// Asks a client, in the application and by mail, to confirm an automatic payment that the bank does not let pass alone.
struct NoticeActionRequired: EventHandler {
    typealias Payload = PaymentActionRequired

    let clock: any WallClock

    var deduplication: Deduplication { .naturalKey("an event makes one notice, an attempt one mail") }

    func handle(_ batch: [Received<PaymentActionRequired>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        let known = batch.filter { $0.payload.payment.accountID != nil }
        try Notice.insert(known.map { notice($0, now) }, in: tx)
        try MailRequest.insert(known.map { mail($0, now) }, in: tx)
    }

    private func notice(_ event: Received<PaymentActionRequired>, _ now: Instant) -> Notice {
        let payment = event.payload.payment
        return Notice(
            id: .new(at: now), eventID: event.envelope.id, organizationID: payment.organizationID,
            accountID: payment.accountID, kind: .paymentActionRequired,
            invoiceID: payment.allocations.first?.invoiceID, invoiceNumber: nil, currency: payment.currency,
            amountMinor: payment.amountMinor, date: nil, detail: event.payload.page, createdAt: now)
    }

    private func mail(_ event: Received<PaymentActionRequired>, _ now: Instant) -> MailRequest {
        let payment = event.payload.payment
        let attempt = payment.attemptID.map(\.description) ?? event.envelope.id.uuidString
        let facts = MailFacts(
            currency: payment.currency, amountMinor: payment.amountMinor, page: event.payload.page)
        return MailRequest(
            id: .new(at: now), cause: "payment_action/\(attempt)", kind: .paymentActionRequired,
            organizationID: payment.organizationID, customerID: payment.customerID,
            accountID: payment.accountID, invoiceID: payment.allocations.first?.invoiceID, facts: facts,
            expiresAt: event.payload.confirmBefore, envelope: event.envelope, requestedAt: clock.systemNow())
    }
}
