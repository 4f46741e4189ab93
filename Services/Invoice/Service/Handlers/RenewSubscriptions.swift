import EventContracts
import Messaging
import Postgres
import Primitives

/// Lets the next period of a subscription begin when its timer goes off.
///
/// Each due raises the generation, and a due of an older one is dropped.
struct RenewSubscriptions: DueHandler {
    /// What the scheduler calls these timers.
    static let kind = "subscription"
    /// The member of the payload that says whose timer it is.
    static let idMember = "subscription_id"

    let links: PayLinks
    let outbox: Outbox
    let clock: any WallClock

    var kinds: Set<String> { [Self.kind] }

    func handle(_ batch: [Received<ScheduleDue>], in tx: borrowing Transaction) throws {
        let now = clock.now()
        // In one order everywhere, so that two batches cannot wait for each other.
        let dues = batch.sorted { $0.payload.scheduleID < $1.payload.scheduleID }
        for due in dues {
            guard let id = due.payload.payload?[Self.idMember].flatMap({ SubscriptionID($0) }) else {
                throw HandlingFailure.permanent("the timer of a subscription names it")
            }
            guard var subscription = try SubscriptionStore.lock(id, at: now, in: tx),
                subscription.generation == due.payload.generation, let end = subscription.periodEnd
            else { continue }
            let advance = AdvanceSubscription(
                links: links, now: now, cause: EventCause(following: due.envelope, clockTime: now))
            // The scheduler's clock may be a little ahead: its word counts.
            let events = try advance.run(&subscription, until: max(now, end), in: tx)
            try AuditTrail.record(
                events, by: .service, of: subscription.organizationID, at: now, in: tx)
            try outbox.write(events, in: tx)
        }
    }
}
