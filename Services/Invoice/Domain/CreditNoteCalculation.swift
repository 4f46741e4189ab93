public import Primitives

/// What a credit note takes back of an invoice.
public enum CreditedPart: Sendable, Hashable {
    /// All that earlier notes have left.
    case everything
    /// An amount, tax included, in minor units.
    case amount(Int64)
    /// Parts of lines.
    case lines([CreditedLine])
}

/// A part of a line.
public struct CreditedLine: Sendable, Hashable {
    /// How much of the line.
    public enum Measure: Sendable, Hashable {
        /// Of its quantity.
        case quantity(ExactDecimal)
        /// Of what it came to, tax included, in minor units.
        case amount(Int64)
    }

    /// The line.
    public let id: LineItemID
    /// How much of it.
    public let measure: Measure

    /// A part of a line.
    public init(id: LineItemID, measure: Measure) {
        self.id = id
        self.measure = measure
    }
}

/// What a credit note comes to, in minor units.
public struct CreditNoteAmounts: Sendable, Hashable {
    /// What one line of a note comes to, tax included.
    public struct Line: Sendable, Hashable {
        /// The line of the invoice.
        public let id: LineItemID
        /// Where a quantity was named.
        public let quantity: ExactDecimal?
        /// Tax included.
        public let amount: Int64
        /// The tax in it.
        public let tax: Int64

        /// A line.
        public init(id: LineItemID, quantity: ExactDecimal?, amount: Int64, tax: Int64) {
            self.id = id
            self.quantity = quantity
            self.amount = amount
            self.tax = tax
        }
    }

    /// Tax included.
    public let amount: Int64
    /// The tax in it.
    public let tax: Int64
    /// The tax by rate.
    public let taxes: [TaxRateID: Int64]
    /// Empty unless the note names lines.
    public let lines: [Line]

    /// What a note came to when it was issued.
    public init(amount: Int64, tax: Int64, taxes: [TaxRateID: Int64], lines: [Line]) {
        self.amount = amount
        self.tax = tax
        self.taxes = taxes
        self.lines = lines
    }
}

/// Works out what a credit note comes to.
///
/// Tax goes back in the proportion in which it was asked for, rounded half away from zero; the note that takes the
/// last of an invoice takes what is left of each rate, so that all notes together give back its tax exactly.
public struct CreditNoteCalculation: Sendable {
    private let total: Int64
    private let taxes: [TaxTotal]
    private let lines: [InvoiceLine]
    private let earlier: [CreditNoteAmounts]

    /// An issued invoice and the notes that stand.
    public init(total: Int64, taxes: [TaxTotal], lines: [InvoiceLine], earlier: [CreditNoteAmounts]) {
        self.total = total
        self.taxes = taxes
        self.lines = lines
        self.earlier = earlier
    }

    /// What no note has taken yet.
    public var left: Int64 { total - earlier.reduce(0) { $0 + $1.amount } }

    /// Calculates.
    ///
    /// - Throws: `InvoiceRuleViolation` when the note would take more than there is, or nothing.
    public func amounts(of part: CreditedPart) throws(InvoiceRuleViolation) -> CreditNoteAmounts {
        switch part {
        case .everything:
            guard left > 0 else { throw .creditExceedsInvoice }
            return try whole(left)
        case .amount(let amount):
            guard amount > 0 else { throw .amountNotPositive }
            guard amount <= left else { throw .creditExceedsInvoice }
            return try whole(amount)
        case .lines(let parts):
            return try byLine(parts)
        }
    }

    private func whole(_ amount: Int64) throws(InvoiceRuleViolation) -> CreditNoteAmounts {
        if amount == left { return closing(amount, lines: []) }
        var shares: [TaxRateID: Int64] = [:]
        for tax in taxes {
            shares[tax.rate.id] = try Self.share(of: tax.tax, amount, of: total)
        }
        return CreditNoteAmounts(
            amount: amount, tax: shares.values.reduce(0, +), taxes: shares.filter { $0.value != 0 }, lines: []
        )
    }

    /// The note that takes the last of an invoice.
    private func closing(_ amount: Int64, lines: [CreditNoteAmounts.Line]) -> CreditNoteAmounts {
        var shares: [TaxRateID: Int64] = [:]
        for tax in taxes {
            let taken = earlier.reduce(Int64(0)) { $0 + ($1.taxes[tax.rate.id] ?? 0) }
            shares[tax.rate.id] = tax.tax - taken
        }
        return CreditNoteAmounts(
            amount: amount, tax: shares.values.reduce(0, +), taxes: shares.filter { $0.value != 0 },
            lines: lines)
    }

    private func byLine(_ parts: [CreditedLine]) throws(InvoiceRuleViolation) -> CreditNoteAmounts {
        guard !parts.isEmpty, Set(parts.map(\.id)).count == parts.count else { throw .unknownLine }
        var credited: [CreditNoteAmounts.Line] = []
        var shares: [TaxRateID: Int64] = [:]
        var amount: Int64 = 0
        for part in parts {
            guard let line = lines.first(where: { $0.id == part.id }) else { throw .unknownLine }
            let entry = try credit(part, of: line)
            for (rate, share) in try split(entry.tax, over: line) { shares[rate, default: 0] += share }
            amount += entry.amount
            guard amount <= left else { throw .creditExceedsInvoice }
            credited.append(entry)
        }
        if amount == left { return closing(amount, lines: credited) }
        return CreditNoteAmounts(
            amount: amount, tax: credited.reduce(0) { $0 + $1.tax }, taxes: shares, lines: credited)
    }

    private func credit(
        _ part: CreditedLine, of line: InvoiceLine
    ) throws(InvoiceRuleViolation) -> CreditNoteAmounts.Line {
        let gross = line.total - line.amounts.discount + line.amounts.addedTax
        let before = earlier.flatMap(\.lines).filter { $0.id == line.id }
        let left = gross - before.reduce(0) { $0 + $1.amount }
        // Lines that gave something back asked for nothing that could be given back.
        guard left > 0 else { throw .creditExceedsInvoice }
        var named: ExactDecimal?
        var amount: Int64
        switch part.measure {
        case .amount(let given):
            amount = given
        case .quantity(let quantity):
            named = quantity
            guard quantity.coefficient > 0 else { throw .amountNotPositive }
            let rest = try Self.rest(of: line.quantity, after: before.compactMap(\.quantity) + [quantity])
            // The last of a line takes what is left of it, so that rounding loses nothing.
            amount = rest == 0 ? left : try Self.share(of: gross, quantity, of: line.quantity)
        }
        guard amount > 0 else { throw .amountNotPositive }
        guard amount <= left else { throw .creditExceedsInvoice }
        let taxBefore = before.reduce(0) { $0 + $1.tax }
        let tax =
            amount == left
            ? line.amounts.tax - taxBefore : try Self.share(of: line.amounts.tax, amount, of: gross)
        return CreditNoteAmounts.Line(id: line.id, quantity: named, amount: amount, tax: tax)
    }

    /// The tax of a line by its rates, in proportion to their percentages.
    private func split(
        _ tax: Int64, over line: InvoiceLine
    ) throws(InvoiceRuleViolation) -> [TaxRateID: Int64] {
        guard tax != 0 else { return [:] }
        let weights = line.taxRates.map { id in
            taxes.first { $0.rate.id == id }?.rate.percentage.partsPerMillion ?? 0
        }
        guard let parts = Apportionment.parts(of: abs(tax), by: weights) else { throw .amountTooLarge }
        return zip(line.taxRates, parts).reduce(into: [:]) { shares, entry in
            if entry.1 != 0 { shares[entry.0] = tax < 0 ? -entry.1 : entry.1 }
        }
    }

    private static func share(
        of whole: Int64, _ part: Int64, of sum: Int64
    ) throws(InvoiceRuleViolation) -> Int64 {
        guard let share = HalfUp.quotient(Int128(whole) * Int128(part), Int128(sum)) else {
            throw .amountTooLarge
        }
        return share
    }

    private static func share(
        of whole: Int64, _ part: ExactDecimal, of sum: ExactDecimal
    ) throws(InvoiceRuleViolation) -> Int64 {
        let digits = max(part.fractionDigits, sum.fractionDigits)
        guard let numerator = part.scaled(toDigits: digits), let divisor = sum.scaled(toDigits: digits) else {
            throw .amountTooLarge
        }
        return try share(of: whole, numerator, of: divisor)
    }

    /// What of a quantity is left, in units of the finest digit that is named.
    private static func rest(
        of quantity: ExactDecimal, after parts: [ExactDecimal]
    ) throws(InvoiceRuleViolation) -> Int64 {
        let digits = parts.reduce(quantity.fractionDigits) { max($0, $1.fractionDigits) }
        guard var rest = quantity.scaled(toDigits: digits) else { throw .amountTooLarge }
        for part in parts {
            guard let taken = part.scaled(toDigits: digits), taken <= rest else {
                throw .creditExceedsInvoice
            }
            rest -= taken
        }
        return rest
    }
}
