public import Primitives

/// Works out what an invoice comes to.
///
/// In this order: each line is rounded; its own discount is taken off; the invoice's discount is taken off what the lines
/// then add up to and allocated over the lines that ask for something, by largest remainder; tax is worked out line by
/// line on what is left, and rounded; then everything is added.
///
/// Rates that prices contain are taken out together and split among them by largest remainder, so that two of 5 % leave
/// the same net as one of 10 %. Rates that are added are taken from that net, each by itself: none is taken from another.
public struct InvoiceCalculation: Sendable {
    private let lines: [InvoiceLine]
    private let discount: Discount?
    private let rates: [TaxRateID: TaxRate]
    private let taxStatus: TaxStatus

    /// What the invoice consists of; `rates` holds every rate that a line names.
    public init(
        lines: [InvoiceLine], discount: Discount? = nil, rates: [TaxRateID: TaxRate] = [:],
        taxStatus: TaxStatus = .taxable
    ) {
        self.lines = lines
        self.discount = discount
        self.rates = rates
        self.taxStatus = taxStatus
    }

    /// Calculates.
    ///
    /// - Throws: `InvoiceRuleViolation` when something grows too large, the total would be below zero, or a rate is not
    ///   known.
    public func totals() throws(InvoiceRuleViolation) -> InvoiceTotals {
        var subtotal: Int64 = 0
        for line in lines { try Self.add(line.total, to: &subtotal) }
        let discounts = try discounts()
        var (taken, net, tax, added): (Int64, Int64, Int64, Int64) = (0, 0, 0, 0)
        var amounts: [LineAmounts] = []
        amounts.reserveCapacity(lines.count)
        var collected = TaxCollection()
        for (line, discount) in zip(lines, discounts) {
            let taxes = try taxes(on: line.total - discount, line.taxRates)
            for entry in taxes.entries { try collected.add(entry) }
            try Self.add(discount, to: &taken)
            try Self.add(taxes.net, to: &net)
            try Self.add(taxes.contained + taxes.added, to: &tax)
            try Self.add(taxes.added, to: &added)
            amounts.append(
                LineAmounts(discount: discount, tax: taxes.contained + taxes.added, addedTax: taxes.added))
        }
        var total = net
        try Self.add(tax, to: &total)
        guard total >= 0 else { throw .totalNegative }
        return InvoiceTotals(
            subtotal: subtotal, discount: taken, net: net, tax: tax, total: total,
            taxes: collected.totals, lines: amounts)
    }

    /// What is taken off each line, by its own discount and its share of the invoice's.
    private func discounts() throws(InvoiceRuleViolation) -> [Int64] {
        var discounts: [Int64] = []
        var left: Int64 = 0
        for line in lines {
            guard let amount = line.discount.map({ $0.amount(off: line.total) }) ?? 0 else {
                throw .amountTooLarge
            }
            discounts.append(amount)
            try Self.add(line.total - amount, to: &left)
        }
        guard let discount else { return discounts }
        // The positive lines add up to at least what all do, so no line's share is more than the line.
        let weights = zip(lines, discounts).map { max(0, $0.total - $1) }
        guard let amount = discount.amount(off: left),
            let shares = Apportionment.parts(of: amount, by: weights)
        else { throw .amountTooLarge }
        return zip(discounts, shares).map { $0 + $1 }
    }

    private struct LineTaxes {
        var net: Int64
        var contained: Int64 = 0
        var added: Int64 = 0
        var entries: [TaxTotal] = []
    }

    private func taxes(on amount: Int64, _ ids: [TaxRateID]) throws(InvoiceRuleViolation) -> LineTaxes {
        var taxes = LineTaxes(net: amount)
        guard !ids.isEmpty else { return taxes }
        var applied: [TaxRate] = []
        for id in ids {
            guard let rate = rates[id] else { throw .unknownTaxRate }
            applied.append(rate)
        }
        guard taxStatus == .taxable else {
            taxes.entries = applied.map { TaxTotal(rate: $0, net: amount, tax: 0) }
            return taxes
        }
        let contained = try Self.contained(in: amount, applied.filter(\.isInclusive))
        taxes.contained = contained.values.reduce(0, +)
        taxes.net = amount - taxes.contained
        for rate in applied {
            if let tax = contained[rate.id] {
                taxes.entries.append(TaxTotal(rate: rate, net: taxes.net, tax: tax))
            } else {
                guard let tax = rate.percentage.share(of: taxes.net) else { throw .amountTooLarge }
                try Self.add(tax, to: &taxes.added)
                taxes.entries.append(TaxTotal(rate: rate, net: taxes.net, tax: tax))
            }
        }
        return taxes
    }

    /// The tax that a price contains, by rate.
    private static func contained(
        in amount: Int64, _ rates: [TaxRate]
    ) throws(InvoiceRuleViolation) -> [TaxRateID: Int64] {
        guard !rates.isEmpty else { return [:] }
        let parts = rates.map(\.percentage.partsPerMillion)
        let sum = parts.reduce(0, +)
        let whole = Int128(Percentage.whole + sum)
        guard let tax = HalfUp.quotient(Int128(amount) * Int128(sum), whole),
            let shares = Apportionment.parts(of: abs(tax), by: parts)
        else { throw .amountTooLarge }
        var contained: [TaxRateID: Int64] = [:]
        for (rate, share) in zip(rates, shares) { contained[rate.id] = tax < 0 ? -share : share }
        return contained
    }

    static func add(_ amount: Int64, to sum: inout Int64) throws(InvoiceRuleViolation) {
        let (result, overflow) = sum.addingReportingOverflow(amount)
        guard !overflow, result.magnitude <= InvoiceStanding.maximumAmount.magnitude else {
            throw .amountTooLarge
        }
        sum = result
    }
}

/// Adds up tax by rate.
private struct TaxCollection {
    private(set) var totals: [TaxTotal] = []
    private var positions: [TaxRateID: Int] = [:]

    mutating func add(_ entry: TaxTotal) throws(InvoiceRuleViolation) {
        guard let position = positions[entry.rate.id] else {
            positions[entry.rate.id] = totals.count
            totals.append(entry)
            return
        }
        var (net, tax) = (totals[position].net, totals[position].tax)
        try InvoiceCalculation.add(entry.net, to: &net)
        try InvoiceCalculation.add(entry.tax, to: &tax)
        totals[position] = TaxTotal(rate: entry.rate, net: net, tax: tax)
    }
}
