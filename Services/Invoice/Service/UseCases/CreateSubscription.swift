import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Lets a customer have something again and again.
struct CreateSubscription: Sendable {
    let organizationID: OrganizationID
    let input: SubscriptionInput
    let links: PayLinks
    let now: Instant
    let cause: EventCause

    private static let daysAheadMaximum: Int64 = 366

    func run(in tx: borrowing Transaction) throws -> SubscriptionChange {
        let organization = try CreateInvoice.organization(organizationID, in: tx)
        let customer = try CreateInvoice.customer(input.customerID, of: organizationID, in: tx)
        let items = try SubscriptionItemInput.resolve(input.items, of: organizationID, in: tx)
        guard let terms = items.first?.price.terms else {
            throw InvalidFields(field: "items", code: "required", message: "This field is required.")
        }
        if let fixed = customer.currency, fixed != terms.currency {
            throw InvalidFields(
                field: "items[0].price_id", code: "currency_mismatch",
                message: "This customer is billed in \(fixed).")
        }
        var subscription = try subscription(organization, customer, items)
        subscription.items = items
        subscription.invoicing = input.invoicing
        subscription.dueDays = Int(input.dueDays)
        subscription.metadata = input.metadata
        try SubscriptionStore.insert(subscription, in: tx)
        let events = try AdvanceSubscription(links: links, now: now, cause: cause).begin(
            &subscription, in: tx)
        return SubscriptionChange(subscription: subscription, events: events)
    }

    /// With its first period: until it begins, its trial, or the first that is paid.
    private func subscription(
        _ organization: Organization, _ customer: Customer, _ items: [Subscription.Item]
    ) throws -> Subscription {
        let zone = organization.zone
        let present = Instant(seconds: now.seconds)
        let start = try start(in: zone) ?? present
        let days = input.trialDays ?? Int64(items.map(\.price.terms.trialDays).max() ?? 0)
        var trialEnd: Instant?
        if days > 0, let day = BillingInterval(1, .day) {
            trialEnd = BillingCycle(anchor: start, interval: day, zone: zone).boundary(Int(days))
        }
        let terms = items[0].price.terms
        var subscription = Subscription(
            id: SubscriptionID.new(at: now), organization: organization, customerID: customer.id,
            currency: terms.currency, interval: terms.interval, trialEndsAt: trialEnd,
            anchor: input.billingAnchor?.moment(in: zone) ?? trialEnd ?? start, at: now)
        if start > present {
            subscription.enter(.rest, at: present)
            subscription.periodEnd = start
        } else if trialEnd != nil {
            subscription.enter(.trial, at: start)
        } else {
            let kind = subscription.life.passEnd()
            subscription.enter(kind, at: start)
        }
        return subscription
    }

    private func start(in zone: Zone) throws(InvalidFields) -> Instant? {
        guard let start = input.startsAt?.moment(in: zone) else { return nil }
        // Today, as a date, is now.
        if case .day(let date)? = input.startsAt, date == zone.date(at: now) { return nil }
        guard start >= Instant(seconds: now.seconds),
            start.seconds - now.seconds <= Self.daysAheadMaximum * 86_400
        else {
            throw InvalidFields(
                field: "starts_at", code: "out_of_range", message: "This must be today or within a year.")
        }
        return start
    }
}
