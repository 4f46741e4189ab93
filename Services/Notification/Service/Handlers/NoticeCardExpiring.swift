import EventContracts
import Messaging
import NotificationDomain
import Postgres
import Primitives

/// Tells a client, in the application and by mail, that a card will not work much longer.
struct NoticeCardExpiring: EventHandler {
    typealias Payload = PaymentMethodExpiring

    let clock: any WallClock

    var deduplication: Deduplication { .naturalKey("an event makes one notice, a card's notice one mail") }

    func handle(_ batch: [Received<PaymentMethodExpiring>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        try Notice.insert(batch.map { notice($0, now) }, in: tx)
        try MailRequest.insert(batch.map { mail($0, now) }, in: tx)
    }

    private func notice(_ event: Received<PaymentMethodExpiring>, _ now: Instant) -> Notice {
        let card = event.payload
        return Notice(
            id: .new(at: now), eventID: event.envelope.id, organizationID: nil, accountID: card.accountID,
            kind: .cardExpiring, invoiceID: nil, invoiceNumber: nil, currency: nil, amountMinor: nil,
            date: card.expiresOn, detail: "\(card.brand) \(card.last4)", createdAt: now)
    }

    private func mail(_ event: Received<PaymentMethodExpiring>, _ now: Instant) -> MailRequest {
        let card = event.payload
        var facts = MailFacts()
        facts.card = MailCard(last4: card.last4, expiresOn: card.expiresOn)
        return MailRequest(
            id: .new(at: now),
            cause: "card_expiring/\(card.paymentMethodID)/\(card.expiresOn)/\(card.daysAhead)",
            kind: .cardExpiring, accountID: card.accountID, facts: facts,
            expiresAt: Zone.utc.instant(of: card.expiresOn.adding(days: 1), at: .midnight),
            envelope: event.envelope, requestedAt: now)
    }
}
