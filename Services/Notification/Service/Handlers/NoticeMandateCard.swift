import EventContracts
import Messaging
import NotificationDomain
import Postgres
import Primitives

/// Tells a client that a permission has lost its card: another one has taken its place, or has to be chosen.
///
/// A card that was refused is told of with the payment that failed.
struct NoticeMandateCard: EventHandler {
    typealias Payload = MandateChanged

    let clock: any WallClock

    var deduplication: Deduplication { .naturalKey("an event makes one notice and one mail") }

    func handle(_ batch: [Received<MandateChanged>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        try Notice.insert(batch.compactMap { notice($0, now) }, in: tx)
        try MailRequest.insert(batch.compactMap { mail($0, now) }, in: tx)
    }

    private func notice(_ event: Received<MandateChanged>, _ now: Instant) -> Notice? {
        let mandate = event.payload
        let kind: NoticeKind
        switch mandate.reason {
        case .cardRemoved: kind = .cardNeeded
        case .nextCard: kind = .nextCard
        case .cardRefused, .cardUpdated, .accountErased, nil: return nil
        }
        return Notice(
            id: .new(at: now), eventID: event.envelope.id, organizationID: mandate.organizationID,
            accountID: mandate.accountID, kind: kind, invoiceID: mandate.invoiceID, invoiceNumber: nil,
            currency: nil, amountMinor: nil, date: nil, detail: mandate.mandateID.description, createdAt: now)
    }

    private func mail(_ event: Received<MandateChanged>, _ now: Instant) -> MailRequest? {
        let mandate = event.payload
        guard mandate.reason == .cardRemoved else { return nil }
        return MailRequest(
            id: .new(at: now), cause: "card_needed/\(event.envelope.id.uuidString)", kind: .cardNeeded,
            organizationID: mandate.organizationID, accountID: mandate.accountID, facts: MailFacts(),
            envelope: event.envelope, requestedAt: now)
    }
}
