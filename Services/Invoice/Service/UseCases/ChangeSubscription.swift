import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Gives a subscription other prices or quantities, from now on.
///
/// For the rest of the period, to the second, what is not the same afterwards is given back and what is new is asked for.
struct ChangeSubscription: Sendable {
    /// What becomes of the difference for the rest of the period.
    enum Settlement: String, Sendable, CaseIterable {
        /// It waits for the next invoice.
        case nextInvoice = "next_invoice"
        /// It is invoiced at once; what is given back beyond that waits.
        case now
        /// Nobody owes anything for it.
        case none
    }

    let id: SubscriptionID
    let organizationID: OrganizationID
    let items: [SubscriptionItemInput]
    let settlement: Settlement
    let links: PayLinks
    let now: Instant
    let cause: EventCause

    /// What a change comes to.
    struct Preview: Sendable {
        let subscription: Subscription
        let charges: [SubscriptionCharge]
    }

    /// What it would come to; nothing is written.
    func preview(in tx: borrowing Transaction) throws -> Preview {
        guard let subscription = try SubscriptionStore.find(id, of: organizationID, at: now, in: tx) else {
            throw Problem.notFound
        }
        return try changed(subscription, in: tx)
    }

    func run(in tx: borrowing Transaction) throws -> SubscriptionChange {
        let advance = AdvanceSubscription(links: links, now: now, cause: cause)
        var (before, events) = try advance.caughtUp(id, of: organizationID, in: tx)
        let change = try changed(before, in: tx)
        var subscription = change.subscription
        var charges = try usage(of: before, noMoreIn: subscription, in: tx)
        charges += change.charges
        try SubscriptionStore.replaceItems(of: subscription, in: tx)
        if settlement == .now {
            if let made = try InvoiceSubscription(links: links, now: now, cause: cause).run(
                subscription, charges, in: tx)
            {
                subscription.latestInvoiceID = made.id
                events += made.events
            } else {
                try SubscriptionChargeStore.add(charges, to: id, in: tx)
            }
        } else {
            try SubscriptionChargeStore.add(charges, to: id, in: tx)
        }
        subscription.sequence += 1
        subscription.updatedAt = now
        try SubscriptionStore.update(subscription, in: tx)
        events.append(try SubscriptionEvents(cause: cause).changed(subscription))
        return SubscriptionChange(subscription: subscription, events: events)
    }

    private func changed(_ before: Subscription, in tx: borrowing Transaction) throws -> Preview {
        try before.life.checkChange()
        var subscription = before
        subscription.items = try SubscriptionItemInput.resolve(
            items, of: organizationID, keeping: before.items, in: tx)
        guard settlement != .none, before.periodKind == .paid, let end = before.periodEnd, now < end else {
            return Preview(subscription: subscription, charges: [])
        }
        let rest = Period(start: Instant(seconds: now.seconds), end: end)
        let charges = try SubscriptionLines(items: subscription.items, zone: before.zone).change(
            from: before.items, rest: rest, of: before.cycle.period(at: before.periodStart))
        return Preview(subscription: subscription, charges: charges)
    }

    /// What was used at prices that the subscription has no more: no later invoice would count it.
    private func usage(
        of before: Subscription, noMoreIn after: Subscription, in tx: borrowing Transaction
    ) throws -> [SubscriptionCharge] {
        let gone = before.items.filter { old in
            old.quantity == nil && !after.items.contains { $0.price.id == old.price.id }
        }
        let kept = Set(after.items.compactMap(\.price.terms.metering?.meter))
        let meters = gone.compactMap(\.price.terms.metering?.meter).filter { !kept.contains($0) }
        guard !meters.isEmpty else { return [] }
        let usages = try UsageStore.take(
            of: id, meters: meters, before: now, billedAt: before.periodStart, in: tx)
        guard before.life.state != .trialing else { return [] }
        return try SubscriptionLines(items: gone, zone: before.zone).usage(
            usages, in: Period(start: before.periodStart, end: now))
    }
}
