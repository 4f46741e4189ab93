public import Primitives

/// A card was saved, updated or removed.
public struct PaymentMethodChanged: EventPayload {
    /// `payment_method.changed.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("payment_method.changed.v1", of: "payment")

    /// The card.
    public var paymentMethodID: PaymentMethodID
    /// Whose it is.
    public var accountID: AccountID
    /// The brand.
    public var brand: String
    /// The last four digits.
    public var last4: String
    /// The year of expiry.
    public var expiryYear: Int
    /// The month of expiry.
    public var expiryMonth: Int
    /// Whether it is gone.
    public var isRemoved: Bool

    /// Says it.
    public init(
        paymentMethodID: PaymentMethodID, accountID: AccountID, brand: String, last4: String, expiryYear: Int,
        expiryMonth: Int, isRemoved: Bool
    ) {
        self.paymentMethodID = paymentMethodID
        self.accountID = accountID
        self.brand = brand
        self.last4 = last4
        self.expiryYear = expiryYear
        self.expiryMonth = expiryMonth
        self.isRemoved = isRemoved
    }
}

/// A card that is needed will not work much longer.
public struct PaymentMethodExpiring: EventPayload {
    /// `payment_method.expiring.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("payment_method.expiring.v1", of: "payment")

    /// The card.
    public var paymentMethodID: PaymentMethodID
    /// Whose it is.
    public var accountID: AccountID
    /// The brand.
    public var brand: String
    /// The last four digits.
    public var last4: String
    /// The last day on which it works.
    public var expiresOn: CivilDate
    /// How many days ahead this was to be told.
    public var daysAhead: Int

    /// Says it.
    public init(
        paymentMethodID: PaymentMethodID, accountID: AccountID, brand: String, last4: String,
        expiresOn: CivilDate, daysAhead: Int
    ) {
        self.paymentMethodID = paymentMethodID
        self.accountID = accountID
        self.brand = brand
        self.last4 = last4
        self.expiresOn = expiresOn
        self.daysAhead = daysAhead
    }
}
