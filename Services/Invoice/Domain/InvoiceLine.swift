public import Primitives

/// One line of an invoice: what it is for, how much of it, and at what price.
///
/// A price below zero gives something back: the unused rest of a period, a deposit that was paid. Such a line takes no
/// discount of its own and no share of the invoice's; its taxes are below zero too. What all lines come to is never
/// below zero.
public struct InvoiceLine: Sendable, Hashable {
    /// The line.
    public let id: LineItemID
    /// What it is for.
    public let description: String
    /// How much of it; above zero.
    public let quantity: ExactDecimal
    /// The price of one, in minor units, which may be finer than one of them: `0.35` for a call at 0.0035 dollars.
    public let unitPrice: ExactDecimal
    /// The price of one, rounded to the minor unit.
    public let unitAmount: Int64
    /// Quantity times price, rounded half up to the minor unit.
    public let total: Int64
    /// What is taken off this line.
    public let discount: Discount?
    /// The rates that apply to it.
    public let taxRates: [TaxRateID]
    /// What the sender keeps with it, as it was given.
    public var metadata: [UInt8]?
    /// What became of it when the invoice was priced.
    public var amounts: LineAmounts

    /// Prices up to this are accepted, above and below zero.
    public static let maximumUnitAmount: Int64 = 1_000_000_000_000
    /// Prices have at most so many digits behind the point of a minor unit.
    public static let maximumPriceDigits = 10
    /// More lines than this are no invoice.
    public static let maximumCount = 500

    /// A line.
    ///
    /// - Throws: `InvoiceRuleViolation` for a quantity, price or discount out of bounds.
    public init(
        id: LineItemID, description: String, quantity: ExactDecimal, unitPrice: ExactDecimal,
        discount: Discount? = nil, taxRates: [TaxRateID] = [], metadata: [UInt8]? = nil,
        amounts: LineAmounts = .none
    ) throws(InvoiceRuleViolation) {
        guard quantity.coefficient > 0 else { throw .amountNotPositive }
        guard unitPrice.fractionDigits <= Self.maximumPriceDigits,
            quantity.fractionDigits <= HalfUp.maximumDigits
        else { throw .tooFine }
        guard let unitAmount = HalfUp.product(unitPrice, Self.one),
            unitAmount.magnitude <= Self.maximumUnitAmount.magnitude,
            let total = HalfUp.product(quantity, unitPrice),
            total.magnitude <= InvoiceStanding.maximumAmount.magnitude
        else { throw .amountTooLarge }
        guard taxRates.count <= TaxRate.maximumPerLine, Set(taxRates).count == taxRates.count else {
            throw .tooManyTaxRates
        }
        if let discount {
            guard total >= 0 else { throw .discountTooLarge }
            if case .fixed(let amount) = discount, !(0...total).contains(amount) { throw .discountTooLarge }
        }
        self.id = id
        self.description = description
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.unitAmount = unitAmount
        self.total = total
        self.discount = discount
        self.taxRates = taxRates
        self.metadata = metadata
        self.amounts = amounts
    }

    /// A line at a price of whole minor units.
    ///
    /// - Throws: `InvoiceRuleViolation` for a quantity or price out of bounds.
    public init(
        id: LineItemID, description: String, quantity: ExactDecimal, unitAmount: Int64
    ) throws(InvoiceRuleViolation) {
        try self.init(
            id: id, description: description, quantity: quantity,
            unitPrice: ExactDecimal(coefficient: unitAmount, fractionDigits: 0))
    }

    private static let one = ExactDecimal(coefficient: 1, fractionDigits: 0)

    /// Whether the price is finer than a minor unit.
    public var hasFinePrice: Bool { unitPrice.fractionDigits > 0 }
}
