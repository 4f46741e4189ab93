public import Primitives

/// A client's wallet at a sender as of the event.
public struct WalletFacts: Codable, Hashable, Sendable {
    /// The wallet.
    public var walletID: WalletID
    /// The organization.
    public var organizationID: OrganizationID
    /// Whose it is.
    public var accountID: AccountID
    /// Who is billed for top-ups.
    public var customerID: CustomerID
    /// Of every amount here.
    public var currency: Currency
    /// What is in it.
    ///
    /// Minor units.
    public var balanceMinor: Int64
    /// What of it payments under way may take.
    ///
    /// Minor units.
    public var heldMinor: Int64

    /// Says it.
    public init(
        walletID: WalletID, organizationID: OrganizationID, accountID: AccountID, customerID: CustomerID,
        currency: Currency, balanceMinor: Int64, heldMinor: Int64
    ) {
        self.walletID = walletID
        self.organizationID = organizationID
        self.accountID = accountID
        self.customerID = customerID
        self.currency = currency
        self.balanceMinor = balanceMinor
        self.heldMinor = heldMinor
    }
}

/// Why money went into a wallet or credit, or out of it.
public enum BalanceReason: String, Codable, Hashable, Sendable, CaseIterable {
    /// It is new, and empty.
    case opened
    /// An invoice for it was paid.
    case topUp = "top_up"
    /// What such an invoice brought was taken back.
    case topUpReturned = "top_up_returned"
    /// It paid an invoice.
    case payment
    /// Money for an invoice was given back to it.
    case refund
    /// More came for an invoice than was owed.
    case surplus
}

/// A wallet is new, or money went in or out.
public struct WalletChanged: EventPayload {
    /// `wallet.changed.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("wallet.changed.v1", of: "payment")

    /// As it is now.
    public var wallet: WalletFacts
    /// Why.
    public var reason: BalanceReason
    /// What went in; below zero what went out.
    ///
    /// Minor units.
    public var amountMinor: Int64
    /// For which invoice.
    public var invoiceID: InvoiceID?

    /// Says it.
    public init(wallet: WalletFacts, reason: BalanceReason, amountMinor: Int64, invoiceID: InvoiceID? = nil) {
        self.wallet = wallet
        self.reason = reason
        self.amountMinor = amountMinor
        self.invoiceID = invoiceID
    }
}

/// A client's credit at a sender has changed.
public struct CreditChanged: EventPayload {
    /// `credit.changed.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("credit.changed.v1", of: "payment")

    /// The credit.
    public var creditID: CreditID
    /// The organization.
    public var organizationID: OrganizationID
    /// Whose it is.
    public var customerID: CustomerID
    /// Of every amount here.
    public var currency: Currency
    /// What is left of it.
    ///
    /// Minor units.
    public var balanceMinor: Int64
    /// Why it changed.
    public var reason: BalanceReason
    /// What was added; below zero what was used.
    ///
    /// Minor units.
    public var amountMinor: Int64
    /// For which invoice.
    public var invoiceID: InvoiceID?

    /// Says it.
    public init(
        creditID: CreditID, organizationID: OrganizationID, customerID: CustomerID, currency: Currency,
        balanceMinor: Int64, reason: BalanceReason, amountMinor: Int64, invoiceID: InvoiceID? = nil
    ) {
        self.creditID = creditID
        self.organizationID = organizationID
        self.customerID = customerID
        self.currency = currency
        self.balanceMinor = balanceMinor
        self.reason = reason
        self.amountMinor = amountMinor
        self.invoiceID = invoiceID
    }
}

/// An invoice is asked for, because a wallet is to be topped up.
///
/// The invoice's id is fixed here, so that a request that comes twice makes one.
public struct InvoiceRequested: EventPayload {
    /// `invoice.requested.v1` on `payment.events`.
    public static let descriptor = EventDescriptor(
        "invoice.requested.v1", of: "payment", mustReach: ["invoice.payment"])

    /// What it is for.
    public var topUpID: TopUpID
    /// Which wallet.
    public var walletID: WalletID
    /// The id that the invoice gets.
    public var invoiceID: InvoiceID
    /// The organization.
    public var organizationID: OrganizationID
    /// Who is billed.
    public var customerID: CustomerID
    /// Of the amount.
    public var currency: Currency
    /// Minor units.
    public var amountMinor: Int64
    /// Whether it is sent by mail, because somebody else than the client asked for it.
    public var isSent: Bool

    /// Says it.
    public init(
        topUpID: TopUpID, walletID: WalletID, invoiceID: InvoiceID, organizationID: OrganizationID,
        customerID: CustomerID, currency: Currency, amountMinor: Int64, isSent: Bool
    ) {
        self.topUpID = topUpID
        self.walletID = walletID
        self.invoiceID = invoiceID
        self.organizationID = organizationID
        self.customerID = customerID
        self.currency = currency
        self.amountMinor = amountMinor
        self.isSent = isSent
    }
}
