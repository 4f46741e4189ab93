public import Primitives

/// What a permission covers.
///
/// For an invoice the most specific one counts: its own, else its series', else the sender's.
public enum MandateScope: Hashable, Sendable {
    /// Every invoice of the sender.
    case sender
    /// Every invoice of one series.
    case series(RecurringInvoiceID)
    /// One invoice.
    case invoice(InvoiceID)

    /// The series, where it is one.
    public var recurringInvoiceID: RecurringInvoiceID? {
        if case .series(let id) = self { id } else { nil }
    }

    /// The invoice, where it is one.
    public var invoiceID: InvoiceID? {
        if case .invoice(let id) = self { id } else { nil }
    }

    /// The word for it.
    public var name: String {
        switch self {
        case .sender: "sender"
        case .series: "series"
        case .invoice: "invoice"
        }
    }
}

/// A payer's permission to be charged by one sender, with the payer's own limits.
public struct Mandate: Hashable, Sendable {
    /// Whether a payer lets a sender charge.
    public enum Status: String, Hashable, Sendable, CaseIterable {
        /// Yes.
        case active
        /// Not for now.
        case paused
        /// The card has to be replaced first.
        case needsUpdate = "needs_update"
        /// No longer.
        case revoked
    }

    /// Why a charge is outside the permission.
    public enum Refusal: String, Error, Hashable, Sendable, CaseIterable {
        /// The permission does not hold.
        case notActive = "mandate_not_active"
        /// The payer's limits are in another currency.
        case otherCurrency = "mandate_currency"
        /// More than one charge may take.
        case abovePerCharge = "above_cap_per_charge"
        /// More than one month may take.
        case abovePerMonth = "above_cap_per_month"
    }

    /// The permission.
    public let id: MandateID
    /// Whether it holds.
    public var status: Status
    /// Days from the issue date to the charge.
    public var chargeAfterDays: Int
    /// Of the limits; required where there is one.
    public var currency: Currency?
    /// The most that one charge may take, in minor units.
    public var capPerChargeMinor: Int64?
    /// The most that one calendar month may take, in minor units.
    public var capPerMonthMinor: Int64?

    /// With what it pays.
    public var payWith: PayWith

    /// A permission as it is stored.
    public init(
        id: MandateID, status: Status, chargeAfterDays: Int, currency: Currency? = nil,
        capPerChargeMinor: Int64? = nil, capPerMonthMinor: Int64? = nil,
        payWith: PayWith = .card
    ) {
        self.id = id
        self.status = status
        self.chargeAfterDays = chargeAfterDays
        self.currency = currency
        self.capPerChargeMinor = capPerChargeMinor
        self.capPerMonthMinor = capPerMonthMinor
        self.payWith = payWith
    }

    /// Checks a charge against the permission.
    ///
    /// - Parameters:
    ///   - amount: What would be charged.
    ///   - chargedThisMonthMinor: What this permission has paid or is paying in the month.
    /// - Returns: nil when it is permitted, else why not.
    public func refusal(of amount: Money, chargedThisMonthMinor: Int64) -> Refusal? {
        guard status == .active else { return .notActive }
        guard capPerChargeMinor != nil || capPerMonthMinor != nil else { return nil }
        guard currency == amount.currency else { return .otherCurrency }
        if let cap = capPerChargeMinor, amount.minorUnits > cap { return .abovePerCharge }
        if let cap = capPerMonthMinor, amount.minorUnits > cap - chargedThisMonthMinor {
            return .abovePerMonth
        }
        return nil
    }
}
