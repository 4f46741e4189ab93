import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Makes one invoice of a subscription, with what has been waiting for it.
struct InvoiceSubscription {
    let links: PayLinks
    let now: Instant
    let cause: EventCause

    /// Makes it, issues and sends it as the subscription says.
    ///
    /// Credits take no more than the lines of the same tax rates ask for; what is left of them waits for the next.
    ///
    /// - Returns: The invoice and its events; nil when there is nothing to invoice.
    func run(
        _ subscription: Subscription, _ charges: [SubscriptionCharge], in tx: borrowing Transaction
    ) throws -> (id: InvoiceID, events: [OutgoingEvent])? {
        let waiting = try SubscriptionChargeStore.waiting(of: subscription.id, in: tx)
        let all = waiting + charges
        let asked = all.filter { $0.credit == nil }
        guard !asked.isEmpty else { return nil }
        let (taken, left) = try Self.fit(all.filter { $0.credit != nil }, into: asked)
        let organization = try CreateInvoice.organization(subscription.organizationID, in: tx)
        guard
            let customer = try CustomerStore.find(
                subscription.customerID, of: subscription.organizationID, in: tx)
        else { throw Problem.notFound }
        let made: Made
        do {
            made = try draft(subscription, organization, customer, asked + taken, left: left, in: tx)
        } catch InvoiceRuleViolation.totalNegative {
            // Rounded taxes of many small lines can differ by more than the lines themselves: then credits wait.
            let credits = all.filter { $0.credit != nil }
            made = try draft(subscription, organization, customer, asked, left: credits, in: tx)
        }
        if !waiting.isEmpty { try SubscriptionChargeStore.removeAll(of: subscription.id, in: tx) }
        try SubscriptionChargeStore.add(made.left, to: subscription.id, in: tx)
        let saved = try CreateInvoice.save(made.invoice, made.lines, cause: cause, in: tx)
        let issued = try issue(saved.invoice, subscription, customer, in: tx)
        return (saved.invoice.id, saved.events + issued)
    }

    private struct Made {
        let invoice: Invoice
        let lines: [InvoiceLine]
        let left: [SubscriptionCharge]
    }

    private func draft(
        _ subscription: Subscription, _ organization: Organization, _ customer: Customer,
        _ charges: [SubscriptionCharge], left: [SubscriptionCharge], in tx: borrowing Transaction
    ) throws -> Made {
        var lines = try charges.map { try $0.line(at: now) }
        var invoice = Invoice(
            id: InvoiceID.new(at: now), organization: organization, customer: customer,
            currency: subscription.currency,
            dueDate: organization.zone.date(at: now).adding(days: subscription.dueDays), at: now)
        invoice.title = subscription.items.first?.planName
        invoice.subscriptionID = subscription.id
        try PriceInvoice(organizationID: organization.id, occasion: .storedLines).run(
            &invoice, &lines, in: tx)
        return Made(invoice: invoice, lines: lines, left: left)
    }

    private func issue(
        _ invoice: Invoice, _ subscription: Subscription, _ customer: Customer, in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        // Nothing is sent to nobody, nor for nothing.
        let isSent =
            subscription.invoicing == .send && customer.email != nil
            && invoice.changing.standing.amounts.total > 0
        if isSent {
            return try SendInvoice(
                id: invoice.id, organizationID: invoice.organizationID, finalizesDraft: true, links: links,
                now: now, cause: cause
            ).run(in: tx).events
        }
        guard subscription.invoicing != .draft else { return [] }
        return try FinalizeInvoice(
            id: invoice.id, organizationID: invoice.organizationID, now: now, cause: cause
        ).run(in: tx).events
    }

    /// Takes of the credits what the charges of the same tax rates ask for.
    private static func fit(
        _ credits: [SubscriptionCharge], into asked: [SubscriptionCharge]
    ) throws -> (taken: [SubscriptionCharge], left: [SubscriptionCharge]) {
        var taken: [SubscriptionCharge] = []
        var left: [SubscriptionCharge] = []
        for (rates, group) in Dictionary(grouping: credits, by: \.taxRates).sorted(by: {
            $0.key.lexicographicallyPrecedes($1.key)
        }) {
            var room: Int64 = 0
            for charge in asked where charge.taxRates == rates {
                room += charge.quantity.product(with: charge.unitPrice) ?? 0
            }
            for (credit, amounts) in zip(group, Proration.fit(group.map { $0.credit ?? 0 }, into: room)) {
                if amounts.taken != 0 { taken.append(credit.with(amount: amounts.taken)) }
                if amounts.left != 0 { left.append(credit.with(amount: amounts.left)) }
            }
        }
        return (taken, left)
    }
}
