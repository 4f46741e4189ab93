import EventContracts
import Messaging
import NotificationDomain
import Postgres
import Primitives

/// Tells a sender and the client that a payment was declined; a client who was not there to see it also gets a mail.
struct NoticePaymentFailed: EventHandler {
    let clock: any WallClock

    var deduplication: Deduplication {
        .naturalKey("an event makes one notice for each audience, an attempt one mail")
    }

    func handle(_ batch: [Received<PaymentFailed>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        // While another card is tried nobody has to do anything; what becomes of that is told.
        let final = batch.filter { $0.payload.triesNextCard != true }
        try Notice.insert(final.flatMap { notices($0, now) }, in: tx)
        try MailRequest.insert(final.compactMap { mail($0, now) }, in: tx)
    }

    private func notices(_ event: Received<PaymentFailed>, _ now: Instant) -> [Notice] {
        let payment = event.payload.payment
        let audiences: [AccountID?] = payment.accountID == nil ? [nil] : [nil, payment.accountID]
        return audiences.map { accountID in
            Notice(
                id: .new(at: now), eventID: event.envelope.id, organizationID: payment.organizationID,
                accountID: accountID, kind: .paymentFailed, invoiceID: payment.allocations.first?.invoiceID,
                invoiceNumber: nil, currency: payment.currency, amountMinor: payment.amountMinor,
                date: event.payload.nextAttemptOn, detail: event.payload.code, createdAt: now)
        }
    }

    private func mail(_ event: Received<PaymentFailed>, _ now: Instant) -> MailRequest? {
        let payment = event.payload.payment
        switch payment.source {
        case .autopay: break
        case .standingOrder:
            // The words of the mail are about an invoice; where the money was meant for none, the notice tells.
            guard !payment.allocations.isEmpty else { return nil }
        case .link, .button, .manual: return nil
        }
        let attempt = payment.attemptID.map(\.description) ?? event.envelope.id.uuidString
        let facts = MailFacts(
            currency: payment.currency, amountMinor: payment.amountMinor,
            nextAttemptOn: event.payload.nextAttemptOn,
            needsNewCard: event.payload.declineClass == .hard)
        return MailRequest(
            id: .new(at: now), cause: "payment_failed/\(attempt)", kind: .paymentFailed,
            organizationID: payment.organizationID, customerID: payment.customerID,
            accountID: payment.accountID, invoiceID: payment.allocations.first?.invoiceID, facts: facts,
            envelope: event.envelope, requestedAt: now)
    }
}
