public import Primitives

/// Where a subscription stands.
public enum SubscriptionStatus: String, Codable, Hashable, Sendable, CaseIterable {
    /// Nothing is charged yet.
    case trialing
    /// Each period is invoiced.
    case active
    /// Each period is invoiced, and an invoice was not paid in time.
    case pastDue = "past_due"
    /// No further period begins for now.
    case paused
    /// It is over.
    case cancelled
}

/// A price that a subscription has, and how much of it.
public struct SubscriptionItemFacts: Codable, Hashable, Sendable {
    /// The price.
    public var priceID: PriceID
    /// The plan that it is a price of.
    public var planID: PlanID
    /// An exact decimal; absent where usage says it.
    public var quantity: String?

    /// Says it.
    public init(priceID: PriceID, planID: PlanID, quantity: String?) {
        self.priceID = priceID
        self.planID = planID
        self.quantity = quantity
    }
}

/// A subscription as it is.
public struct SubscriptionFacts: Codable, Hashable, Sendable {
    /// The subscription.
    public var subscriptionID: SubscriptionID
    /// The organization.
    public var organizationID: OrganizationID
    /// Who is billed.
    public var customerID: CustomerID
    /// Where it stands.
    public var status: SubscriptionStatus
    /// Of all its invoices.
    public var currency: Currency
    /// What it consists of.
    public var items: [SubscriptionItemFacts]
    /// The first moment of the present period.
    public var currentPeriodStart: Instant
    /// The first moment after it; absent while no period is to follow.
    public var currentPeriodEnd: Instant?
    /// The first moment after the trial.
    public var trialEndsAt: Instant?
    /// Whether it ends with the present period.
    public var cancelsAtPeriodEnd: Bool
    /// Since when it is over.
    public var endedAt: Instant?

    /// Says it.
    public init(
        subscriptionID: SubscriptionID, organizationID: OrganizationID, customerID: CustomerID,
        status: SubscriptionStatus, currency: Currency, items: [SubscriptionItemFacts],
        currentPeriodStart: Instant, currentPeriodEnd: Instant?, trialEndsAt: Instant?,
        cancelsAtPeriodEnd: Bool, endedAt: Instant?
    ) {
        self.subscriptionID = subscriptionID
        self.organizationID = organizationID
        self.customerID = customerID
        self.status = status
        self.currency = currency
        self.items = items
        self.currentPeriodStart = currentPeriodStart
        self.currentPeriodEnd = currentPeriodEnd
        self.trialEndsAt = trialEndsAt
        self.cancelsAtPeriodEnd = cancelsAtPeriodEnd
        self.endedAt = endedAt
    }
}

/// A subscription has begun, has another period, other items or another status.
public struct SubscriptionChanged: EventPayload {
    /// `subscription.changed.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("subscription.changed.v1", of: "invoice")

    /// As it is now.
    public var subscription: SubscriptionFacts

    /// Says it.
    public init(subscription: SubscriptionFacts) {
        self.subscription = subscription
    }
}

/// A subscription as it is, for those who rebuild their copies.
public struct SubscriptionSnapshotTaken: EventPayload {
    /// `subscription.snapshot.v1` on `invoice.snapshots`.
    public static let descriptor = EventDescriptor("subscription.snapshot.v1", of: "invoice", on: .snapshots)

    /// As it is now.
    public var subscription: SubscriptionFacts

    /// Says it.
    public init(subscription: SubscriptionFacts) {
        self.subscription = subscription
    }
}
