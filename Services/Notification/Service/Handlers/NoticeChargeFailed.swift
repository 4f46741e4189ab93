import EventContracts
import Messaging
import NotificationDomain
import Postgres
import Primitives

/// Tells sender and client that an automatic payment was not made although no bank declined it.
///
/// What a bank declines is told as a failed payment.
struct NoticeChargeFailed: EventHandler {
    let clock: any WallClock

    var deduplication: Deduplication { .naturalKey("an event makes one notice for each audience") }

    /// Reasons that no declined payment tells of.
    private static let reasons: Set = [
        "above_cap_per_charge", "above_cap_per_month", "mandate_currency", "no_payment_method",
    ]

    func handle(_ batch: [Received<ChargePlanChanged>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        let failed = batch.filter {
            $0.payload.plan.state == .failed && Self.reasons.contains($0.payload.plan.reason ?? "")
        }
        let notices = failed.flatMap { event in
            let plan = event.payload.plan
            return [nil, plan.accountID].map { accountID in
                Notice(
                    id: .new(at: now), eventID: event.envelope.id, organizationID: plan.organizationID,
                    accountID: accountID, kind: .chargeFailed, invoiceID: plan.invoiceID,
                    invoiceNumber: nil, currency: nil, amountMinor: nil, date: plan.chargeOn,
                    detail: plan.reason, createdAt: now)
            }
        }
        try Notice.insert(notices, in: tx)
    }
}
