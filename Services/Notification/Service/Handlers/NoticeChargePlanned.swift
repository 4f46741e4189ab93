import EventContracts
import Messaging
import NotificationDomain
import Postgres
import Primitives

/// Tells a client on which day an invoice will be charged.
struct NoticeChargePlanned: EventHandler {
    let clock: any WallClock

    var deduplication: Deduplication { .naturalKey("an event makes one notice for each audience") }

    func handle(_ batch: [Received<ChargePlanned>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        let notices = batch.map { event in
            let plan = event.payload.plan
            return Notice(
                id: .new(at: now), eventID: event.envelope.id, organizationID: plan.organizationID,
                accountID: plan.accountID, kind: .chargePlanned, invoiceID: plan.invoiceID,
                invoiceNumber: nil, currency: nil, amountMinor: nil, date: plan.chargeOn, detail: nil,
                createdAt: now)
        }
        try Notice.insert(notices, in: tx)
    }
}
