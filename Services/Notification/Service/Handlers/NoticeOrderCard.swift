import EventContracts
import Messaging
import NotificationDomain
import Postgres
import Primitives

/// Tells a client that a standing order pays nothing until it has another card.
struct NoticeOrderCard: EventHandler {
    typealias Payload = StandingOrderChanged

    let clock: any WallClock

    var deduplication: Deduplication { .naturalKey("an event makes one notice") }

    func handle(_ batch: [Received<StandingOrderChanged>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        let notices = batch.filter { $0.payload.status == .needsUpdate }.map { event in
            let order = event.payload
            return Notice(
                id: .new(at: now), eventID: event.envelope.id, organizationID: order.organizationID,
                accountID: order.accountID, kind: .cardNeeded, invoiceID: nil, invoiceNumber: nil,
                currency: order.currency, amountMinor: order.amountMinor, date: order.nextDate,
                detail: order.standingOrderID.description, createdAt: now)
        }
        try Notice.insert(notices, in: tx)
    }
}
