import EventContracts
import InvoiceDomain
import Postgres
import Primitives

/// Pauses a subscription with its period, or takes a pause or a coming end back.
struct PauseSubscription: Sendable {
    enum Wish: Sendable {
        case pause
        case resume
    }

    let id: SubscriptionID
    let organizationID: OrganizationID
    let wish: Wish
    let links: PayLinks
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> SubscriptionChange {
        let advance = AdvanceSubscription(links: links, now: now, cause: cause)
        var (subscription, events) = try advance.caughtUp(id, of: organizationID, in: tx)
        switch wish {
        case .pause:
            try subscription.life.pause()
            events += try advance.save(&subscription, in: tx)
        case .resume:
            // Before its start it rests as well, but with an end; then it is as free as in a trial.
            let isAhead = subscription.periodKind == .rest && subscription.periodEnd != nil
            try subscription.life.resume(in: isAhead ? .trial : subscription.periodKind)
            // While it rested nothing was paid for, so its periods begin anew.
            events +=
                subscription.periodEnd == nil
                ? try advance.beginAgain(&subscription, in: tx) : try advance.save(&subscription, in: tx)
        }
        return SubscriptionChange(subscription: subscription, events: events)
    }
}
