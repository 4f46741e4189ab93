public import Primitives

/// By which path money was asked for.
public enum PaymentSource: String, Codable, Hashable, Sendable, CaseIterable {
    /// The link in a mail.
    case link
    /// The button after login.
    case button
    /// A mandate.
    case autopay
    /// A standing order.
    case standingOrder = "standing_order"
    /// Recorded by hand.
    case manual

    /// Whether a person is waiting for the outcome.
    public var hasPersonWaiting: Bool {
        switch self {
        case .link, .button, .manual: true
        case .autopay, .standingOrder: false
        }
    }
}

/// What a payment was made of.
public enum TenderKind: String, Codable, Hashable, Sendable, CaseIterable {
    /// A card at the gateway.
    case card
    /// The client's wallet at the sender.
    case wallet
    /// Credit at the sender.
    case credit
    /// Bank transfer, cash: recorded by hand.
    case manual
}

/// One part of a payment by what it was made of.
public struct Tender: Codable, Hashable, Sendable {
    /// What it was made of.
    public var kind: TenderKind
    /// Minor units.
    public var amountMinor: Int64
    /// The card's brand.
    public var brand: String?
    /// The card's last four digits.
    public var last4: String?

    /// Says it.
    public init(kind: TenderKind, amountMinor: Int64, brand: String? = nil, last4: String? = nil) {
        self.kind = kind
        self.amountMinor = amountMinor
        self.brand = brand
        self.last4 = last4
    }
}

/// What of a payment went to which invoice.
public struct Allocation: Codable, Hashable, Sendable {
    /// The invoice.
    public var invoiceID: InvoiceID
    /// Minor units.
    public var amountMinor: Int64

    /// Says it.
    public init(invoiceID: InvoiceID, amountMinor: Int64) {
        self.invoiceID = invoiceID
        self.amountMinor = amountMinor
    }
}

/// A payment as of the event.
public struct PaymentFacts: Codable, Hashable, Sendable {
    /// The payment.
    public var paymentID: PaymentID
    /// The organization.
    public var organizationID: OrganizationID
    /// Who was billed.
    public var customerID: CustomerID?
    /// The client's account, where known.
    public var accountID: AccountID?
    /// By which path.
    public var source: PaymentSource
    /// Of every amount here.
    public var currency: Currency
    /// All of it.
    ///
    /// Minor units.
    public var amountMinor: Int64
    /// By what it was made of.
    public var tenders: [Tender]
    /// By what it went to.
    public var allocations: [Allocation]
    /// The attempt that this is about.
    public var attemptID: AttemptID?
    /// 1 for the first try.
    public var attemptNumber: Int?
    /// The plan of an automatic payment.
    public var planID: ChargePlanID?

    /// Says it.
    public init(
        paymentID: PaymentID, organizationID: OrganizationID, customerID: CustomerID? = nil,
        accountID: AccountID? = nil, source: PaymentSource, currency: Currency, amountMinor: Int64,
        tenders: [Tender], allocations: [Allocation], attemptID: AttemptID? = nil, attemptNumber: Int? = nil,
        planID: ChargePlanID? = nil
    ) {
        self.paymentID = paymentID
        self.organizationID = organizationID
        self.customerID = customerID
        self.accountID = accountID
        self.source = source
        self.currency = currency
        self.amountMinor = amountMinor
        self.tenders = tenders
        self.allocations = allocations
        self.attemptID = attemptID
        self.attemptNumber = attemptNumber
        self.planID = planID
    }
}
