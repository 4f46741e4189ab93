/// What became of a line when its invoice was priced, in minor units.
public struct LineAmounts: Sendable, Hashable {
    /// Taken off: its own discount and its share of the invoice's.
    public let discount: Int64
    /// All tax on it and in it.
    public let tax: Int64
    /// The part of the tax that comes on top of the price.
    public let addedTax: Int64

    /// A line without discount and tax.
    public static let none = LineAmounts(discount: 0, tax: 0, addedTax: 0)

    /// The amounts of a line.
    public init(discount: Int64, tax: Int64, addedTax: Int64) {
        self.discount = discount
        self.tax = tax
        self.addedTax = addedTax
    }
}
