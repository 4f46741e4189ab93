import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Lets the periods of a subscription begin: each with the one invoice that is made at its start.
///
/// The invoice asks for what was used before that moment and was in no invoice yet, and for the new period in advance.
/// So usage that is reported late is in the invoice of its own period as long as that is not made, and else in the next.
struct AdvanceSubscription {
    let links: PayLinks
    let now: Instant
    let cause: EventCause

    /// After a long time without a scheduler, the rest is done by the next due, which comes at once.
    private static let periodsAtOnceMaximum = 40

    /// Lets every period begin whose moment has come; the subscription is locked.
    func run(
        _ subscription: inout Subscription, until moment: Instant, in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        var events: [OutgoingEvent] = []
        for _ in 0..<Self.periodsAtOnceMaximum {
            guard let end = subscription.periodEnd, end <= moment else { break }
            events += try passEnd(of: &subscription, at: end, in: tx)
        }
        return events + (try save(&subscription, in: tx))
    }

    /// Locks a subscription that a person wants to change, and does what a timer that is late has not done yet.
    ///
    /// - Throws: `Problem` 404 when the organization has none of this id.
    func caughtUp(
        _ id: SubscriptionID, of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws -> (subscription: Subscription, events: [OutgoingEvent]) {
        guard var subscription = try SubscriptionStore.lock(id, of: organizationID, at: now, in: tx) else {
            throw Problem.notFound
        }
        guard let end = subscription.periodEnd, end <= now else { return (subscription, []) }
        let events = try run(&subscription, until: now, in: tx)
        return (subscription, events)
    }

    /// Lets the first period of a new subscription begin, whose row is written.
    func begin(
        _ subscription: inout Subscription, in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        let events = try invoice(&subscription, usage: [], in: tx)
        // Its row was written before its period, which refers to it.
        try SubscriptionStore.update(subscription, in: tx)
        return events + (try SubscriptionEvents(cause: cause).created(subscription))
    }

    /// Ends it at once: what was used until now is invoiced.
    func end(_ subscription: inout Subscription, in tx: borrowing Transaction) throws -> [OutgoingEvent] {
        let moment = cut(of: subscription)
        let usage = try usage(of: subscription, until: moment, in: tx)
        try SubscriptionStore.endPeriod(of: subscription, at: moment, in: tx)
        subscription.enter(.end, at: moment)
        let events = try invoice(&subscription, usage: usage, in: tx)
        return events + (try save(&subscription, in: tx))
    }

    /// Begins anew after a rest, from now on.
    func beginAgain(
        _ subscription: inout Subscription, in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        let moment = cut(of: subscription)
        let usage = try usage(of: subscription, until: moment, in: tx)
        try SubscriptionStore.endPeriod(of: subscription, at: moment, in: tx)
        subscription.anchor = moment
        subscription.enter(.paid, at: moment)
        let events = try invoice(&subscription, usage: usage, in: tx)
        return events + (try save(&subscription, in: tx))
    }

    /// Writes what has changed and tells it; the timers of before mean nothing from then on.
    func save(_ subscription: inout Subscription, in tx: borrowing Transaction) throws -> [OutgoingEvent] {
        subscription.generation += 1
        subscription.sequence += 1
        subscription.updatedAt = now
        try SubscriptionStore.update(subscription, in: tx)
        return try SubscriptionEvents(cause: cause).updated(subscription)
    }

    /// Now to the second, but after the start of the present period: each has its own.
    private func cut(of subscription: Subscription) -> Instant {
        max(Instant(seconds: now.seconds), subscription.periodStart + .seconds(1))
    }

    private func passEnd(
        of subscription: inout Subscription, at end: Instant, in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        let usage = try usage(of: subscription, until: end, in: tx)
        // Before it begins it rests; its trial comes then, if it has one.
        let hasTrial =
            subscription.life.state == .trialing && !subscription.life.endsWithPeriod
            && subscription.trialEndsAt.map { $0 > end } == true
        let kind = hasTrial ? .trial : subscription.life.passEnd()
        subscription.enter(kind, at: end)
        return try invoice(&subscription, usage: usage, in: tx)
    }

    /// The lines of what was used and not counted yet; what is used in a trial or before is free.
    private func usage(
        of subscription: Subscription, until end: Instant, in tx: borrowing Transaction
    ) throws -> [SubscriptionCharge] {
        let usages = try UsageStore.take(
            of: subscription.id, meters: nil, before: end, billedAt: end, in: tx)
        guard subscription.life.state != .trialing, subscription.periodKind != .trial else { return [] }
        return try SubscriptionLines(items: subscription.items, zone: subscription.zone).usage(
            usages, in: Period(start: subscription.periodStart, end: end))
    }

    /// Writes the period that has begun, with its invoice if there is anything to invoice.
    private func invoice(
        _ subscription: inout Subscription, usage: [SubscriptionCharge], in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        var charges = usage
        if subscription.periodKind == .paid, let end = subscription.periodEnd {
            charges += try SubscriptionLines(items: subscription.items, zone: subscription.zone).advance(
                for: Period(start: subscription.periodStart, end: end),
                of: subscription.cycle.period(at: subscription.periodStart))
        }
        let made = try InvoiceSubscription(links: links, now: now, cause: cause).run(
            subscription, charges, in: tx)
        try SubscriptionStore.beginPeriod(of: subscription, invoiceID: made?.id, in: tx)
        if let made { subscription.latestInvoiceID = made.id }
        return made?.events ?? []
    }
}
