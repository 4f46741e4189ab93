public import Primitives

/// A rate of tax, as it was when an invoice was priced with it.
public struct TaxRate: Sendable, Hashable {
    /// The rate.
    public let id: TaxRateID
    /// As it stands on the invoice: `VAT`.
    public let name: String
    /// How much.
    public let percentage: Percentage
    /// Whether prices contain it.
    public let isInclusive: Bool
    /// The country that asks for it, as two capital letters.
    public let country: String?
    /// The state, county or city that asks for it.
    public let jurisdiction: String?

    /// A line has at most so many.
    public static let maximumPerLine = 10

    /// A rate.
    public init(
        id: TaxRateID, name: String, percentage: Percentage, isInclusive: Bool, country: String? = nil,
        jurisdiction: String? = nil
    ) {
        self.id = id
        self.name = name
        self.percentage = percentage
        self.isInclusive = isInclusive
        self.country = country
        self.jurisdiction = jurisdiction
    }
}

/// Whether a customer pays tax to the sender.
///
/// Who does not pays prices as they stand: a price that would contain tax is not lowered, nothing of it is tax.
public enum TaxStatus: String, Sendable, Hashable, CaseIterable {
    /// The rates of the lines apply.
    case taxable
    /// No tax is due, by law.
    case exempt
    /// The customer owes the tax to the state.
    case reverseCharge = "reverse_charge"

    /// What the law wants to be read on the invoice.
    public var note: String? {
        switch self {
        case .taxable: nil
        case .exempt: "Exempt from tax."
        case .reverseCharge:
            "Reverse charge: the recipient is liable for the tax (Article 196, Directive 2006/112/EC)."
        }
    }
}
