/// What an invoice comes to, in minor units of its currency.
public struct InvoiceTotals: Sendable, Hashable {
    /// What the lines add up to, before discounts and before taxes that are added.
    public let subtotal: Int64
    /// Everything taken off: discounts of lines and that of the invoice.
    public let discount: Int64
    /// What is left of the lines without any tax.
    public let net: Int64
    /// All tax, contained in prices and added to them.
    public let tax: Int64
    /// What the invoice asks for: net and tax.
    public let total: Int64
    /// Tax by rate, in the order in which the lines name them.
    public let taxes: [TaxTotal]
    /// What became of each line.
    public let lines: [LineAmounts]
}

/// What one rate comes to on an invoice.
public struct TaxTotal: Sendable, Hashable {
    /// The rate as it was.
    public let rate: TaxRate
    /// What it is taken from.
    public let net: Int64
    /// The tax.
    public let tax: Int64

    /// Net and tax.
    public var gross: Int64 { net + tax }

    /// What a rate comes to.
    public init(rate: TaxRate, net: Int64, tax: Int64) {
        self.rate = rate
        self.net = net
        self.tax = tax
    }
}
