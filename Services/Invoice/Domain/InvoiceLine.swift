public import Primitives

/// One line of an invoice: what it is for, how much of it, and at what price.
public struct InvoiceLine: Sendable, Hashable {
    /// The line.
    public let id: LineItemID
    /// What it is for.
    public let description: String
    /// How much of it; above zero.
    public let quantity: ExactDecimal
    /// The price of one, in minor units; zero or more.
    public let unitAmount: Int64
    /// Quantity times price, rounded half up to the minor unit.
    public let total: Int64

    /// Prices up to this are accepted.
    public static let maximumUnitAmount: Int64 = 1_000_000_000_000
    /// More lines than this are no invoice.
    public static let maximumCount = 500

    /// A line.
    ///
    /// - Throws: `InvoiceRuleViolation` for a quantity or price out of bounds.
    public init(
        id: LineItemID, description: String, quantity: ExactDecimal, unitAmount: Int64
    ) throws(InvoiceRuleViolation) {
        guard quantity.coefficient > 0 else { throw .amountNotPositive }
        guard unitAmount >= 0 else { throw .amountNotPositive }
        guard unitAmount <= Self.maximumUnitAmount, let total = quantity.times(minorUnits: unitAmount),
            total <= InvoiceStanding.maximumAmount
        else { throw .amountTooLarge }
        self.id = id
        self.description = description
        self.quantity = quantity
        self.unitAmount = unitAmount
        self.total = total
    }

    /// What lines add up to: each is rounded, then they are added.
    public static func total(of lines: [InvoiceLine]) throws(InvoiceRuleViolation) -> Int64 {
        var sum: Int64 = 0
        for line in lines {
            sum += line.total
            guard sum <= InvoiceStanding.maximumAmount else { throw .amountTooLarge }
        }
        return sum
    }
}
