import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Cancels a subscription, now or with its period.
struct EndSubscription: Sendable {
    /// When it ends.
    enum Moment: String, Sendable, CaseIterable {
        case now
        case periodEnd = "period_end"
    }

    /// What becomes of its invoices that nothing was paid for.
    enum OpenInvoices: String, Sendable, CaseIterable {
        case void
        case keep
    }

    let id: SubscriptionID
    let organizationID: OrganizationID
    let moment: Moment
    let openInvoices: OpenInvoices
    /// Whether the rest of a paid period is given back.
    let prorates: Bool
    let links: PayLinks
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> SubscriptionChange {
        let advance = AdvanceSubscription(links: links, now: now, cause: cause)
        var (subscription, events) = try advance.caughtUp(id, of: organizationID, in: tx)
        // A rest has no end at which it could be over.
        if moment == .periodEnd, subscription.periodEnd != nil {
            try subscription.life.cancelAtEnd()
            if openInvoices == .void { events += try voidOpen(in: tx).events }
            events += try advance.save(&subscription, in: tx)
            return SubscriptionChange(subscription: subscription, events: events)
        }
        let isCharged = subscription.life.state != .trialing
        var ended = subscription
        try ended.life.cancelNow()
        var voided: [InvoiceID] = []
        if openInvoices == .void {
            let open = try voidOpen(in: tx)
            voided = open.ids
            events += open.events
        }
        if prorates, isCharged { try giveBack(subscription, voided, in: tx) }
        if !isCharged {
            // What was used in a trial is free, also when it ends early.
            _ = try UsageStore.take(of: id, meters: nil, before: now, billedAt: now, in: tx)
        }
        subscription.life = ended.life
        events += try advance.end(&subscription, in: tx)
        return SubscriptionChange(subscription: subscription, events: events)
    }

    /// Gives back what was paid in advance and is not used, unless its invoice is voided anyway.
    private func giveBack(
        _ subscription: Subscription, _ voided: [InvoiceID], in tx: borrowing Transaction
    ) throws {
        guard subscription.periodKind == .paid, let end = subscription.periodEnd else { return }
        if let latest = subscription.latestInvoiceID, voided.contains(latest) { return }
        let lines = SubscriptionLines(items: [], zone: subscription.zone)
        let charges = try lines.change(
            from: subscription.items, rest: Period(start: max(now, subscription.periodStart), end: end),
            of: subscription.cycle.period(at: subscription.periodStart))
        try SubscriptionChargeStore.add(charges, to: id, in: tx)
    }

    /// Voids what is issued and removes drafts, as far as nothing was received for them.
    private func voidOpen(
        in tx: borrowing Transaction
    ) throws -> (ids: [InvoiceID], events: [OutgoingEvent]) {
        let rows = try tx.query(
            """
            SELECT id, state FROM invoices
            WHERE subscription_id = $1 AND state IN ('draft', 'finalized', 'uncollectible') AND amount_paid = 0
            ORDER BY id FOR UPDATE
            """, [id])
        var ids: [InvoiceID] = []
        var events: [OutgoingEvent] = []
        for row in rows {
            let invoiceID = try row.get(0, as: InvoiceID.self)
            ids.append(invoiceID)
            if try row.get(1, as: InvoiceState.self) == .draft {
                events += try DeleteInvoice(
                    id: invoiceID, organizationID: organizationID, now: now, cause: cause
                ).run(in: tx).events
            } else {
                events += try ChangeIssuedInvoice(
                    id: invoiceID, organizationID: organizationID, action: .void, now: now, cause: cause
                ).run(in: tx).events
            }
        }
        return (ids, events)
    }
}
