public import Primitives

/// What a coupon takes off, and for whom and how long it does.
public struct CouponTerms: Sendable, Hashable {
    /// What it takes off.
    public let discount: Discount
    /// The only currency it is good for; always there when an amount is.
    public let currency: Currency?
    /// Invoices below this, before discounts, do not get it.
    public var minimumAmount: Int64?
    /// From when on it is not accepted any more.
    public var expiresAt: Instant?
    /// How many invoices can have it.
    public var maximumRedemptions: Int64?
    /// How many invoices of one customer can have it.
    public var maximumPerCustomer: Int64?
    /// Whether it is accepted at all.
    public var isActive: Bool

    /// The terms of a coupon.
    public init(
        discount: Discount, currency: Currency? = nil, minimumAmount: Int64? = nil, expiresAt: Instant? = nil,
        maximumRedemptions: Int64? = nil, maximumPerCustomer: Int64? = nil, isActive: Bool = true
    ) {
        self.discount = discount
        self.currency = currency
        self.minimumAmount = minimumAmount
        self.expiresAt = expiresAt
        self.maximumRedemptions = maximumRedemptions
        self.maximumPerCustomer = maximumPerCustomer
        self.isActive = isActive
    }

    /// How often it was redeemed, leaving out what was given back.
    public struct Redemptions: Sendable, Hashable {
        let all: Int64
        let ofCustomer: Int64

        /// The counts.
        public init(all: Int64, ofCustomer: Int64) {
            self.all = all
            self.ofCustomer = ofCustomer
        }
    }

    /// Whether an invoice can have it now.
    ///
    /// - Throws: Why not.
    public func admit(
        subtotal: Int64, in currency: Currency, after redemptions: Redemptions, at now: Instant
    ) throws(CouponRefusal) {
        guard isActive else { throw .archived }
        if let expiresAt, expiresAt <= now { throw .expired }
        if let own = self.currency, own != currency { throw .otherCurrency }
        if let minimumAmount, subtotal < minimumAmount { throw .belowMinimum }
        if let maximumRedemptions, redemptions.all >= maximumRedemptions { throw .exhausted }
        if let maximumPerCustomer, redemptions.ofCustomer >= maximumPerCustomer { throw .exhaustedByCustomer }
    }
}

/// Why an invoice cannot have a coupon.
public enum CouponRefusal: String, Error, Sendable, Hashable, CaseIterable {
    /// It is not accepted any more.
    case archived = "coupon_archived"
    /// Its time is over.
    case expired = "coupon_expired"
    /// It is good for another currency.
    case otherCurrency = "coupon_other_currency"
    /// The invoice is too small.
    case belowMinimum = "coupon_below_minimum"
    /// As many invoices as it allows have it.
    case exhausted = "coupon_exhausted"
    /// As many invoices of this customer as it allows have it.
    case exhaustedByCustomer = "coupon_exhausted_by_customer"

    /// In words.
    public var sentence: String {
        switch self {
        case .archived: "This coupon is not accepted any more."
        case .expired: "This coupon has expired."
        case .otherCurrency: "This coupon is good for another currency."
        case .belowMinimum: "The invoice is below the minimum amount of this coupon."
        case .exhausted: "This coupon is used up."
        case .exhaustedByCustomer: "This customer has used up this coupon."
        }
    }
}
