import InvoiceDomain
import Primitives
import TestKit

/// An invoice of any currency with whatever lines, discounts and rates the numbers say.
struct RandomInvoice {
    struct Line {
        let quantity: ExactDecimal
        /// In units, not minor units.
        let price: ExactDecimal
        let discount: Discount?
        let rates: [TaxRate]
    }

    let currency: Currency
    let status: TaxStatus
    let discount: Discount?
    let lines: [Line]

    init(_ currency: Currency, using numbers: inout SeededNumbers) {
        self.currency = currency
        status = Int.random(in: 0..<8, using: &numbers) == 0 ? .reverseCharge : .taxable
        let rates = (0..<4).map { index in
            Self.rate(UInt64(index), using: &numbers)
        }
        var lines: [Line] = []
        for _ in 0..<Int.random(in: 1...7, using: &numbers) {
            lines.append(Self.line(currency, rates, using: &numbers))
        }
        self.lines = lines
        discount = Self.discount(upTo: 500_000, using: &numbers)
    }

    private static func rate(_ id: UInt64, using numbers: inout SeededNumbers) -> TaxRate {
        let usual: [Int64] = [0, 50_000, 70_000, 88_750, 99_750, 190_000, 200_000, 255_000]
        let any = Int64.random(in: 0...1_000_000, using: &numbers)
        let isUsual = Bool.random(using: &numbers)
        let parts = isUsual ? usual[Int.random(in: 0..<usual.count, using: &numbers)] : any
        return TaxRate.of(
            ExactDecimal(coefficient: parts, fractionDigits: 4).text, id: id,
            isInclusive: Bool.random(using: &numbers))
    }

    private static func line(
        _ currency: Currency, _ rates: [TaxRate], using numbers: inout SeededNumbers
    ) -> Line {
        let isCredit = Int.random(in: 0..<7, using: &numbers) == 0
        let price = Int64.random(in: isCredit ? -5_000...0 : 0...20_000, using: &numbers)
        let digits = Int.random(in: 0...min(currency.digits + 6, 9), using: &numbers)
        let quantity = Int64.random(in: 1...99_999, using: &numbers)
        let quantityDigits = Int.random(in: 0...6, using: &numbers)
        let discount = isCredit ? nil : discount(upTo: nil, using: &numbers)
        return Line(
            quantity: ExactDecimal(coefficient: quantity, fractionDigits: quantityDigits),
            price: ExactDecimal(coefficient: price, fractionDigits: digits), discount: discount,
            rates: rates.filter { _ in Int.random(in: 0..<3, using: &numbers) == 0 })
    }

    private static func discount(upTo limit: Int64?, using numbers: inout SeededNumbers) -> Discount? {
        switch Int.random(in: 0..<4, using: &numbers) {
        case 0:
            let parts = Int64.random(in: 0...1_000_000, using: &numbers)
            return Percentage(partsPerMillion: parts).map { .percent($0) }
        case 1: return limit.map { .fixed(Int64.random(in: 0...$0, using: &numbers)) }
        default: return nil
        }
    }

    /// What the code says, in the words of the oracle.
    func answer() throws -> String {
        var writer = JSONWriter()
        writer.beginObject()
        do throws(InvoiceRuleViolation) {
            try write(try calculation().totals(), into: &writer)
        } catch .totalNegative {
            writer.member("negative", true)
        }
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }

    func calculation() throws(InvoiceRuleViolation) -> InvoiceCalculation {
        var parts: [InvoiceLine] = []
        for line in lines {
            guard let price = line.price.inMinorUnits(of: currency) else { throw .amountTooLarge }
            parts.append(
                try InvoiceLine(
                    id: LineItemID(RawID(high: 0, low: 1)), description: "", quantity: line.quantity,
                    unitPrice: price, discount: line.discount, taxRates: line.rates.map(\.id)))
        }
        return InvoiceCalculation.of(
            parts, lines.flatMap(\.rates), discount: discount, taxStatus: status)
    }

    private func write(_ totals: InvoiceTotals, into writer: inout JSONWriter) throws(InvoiceRuleViolation) {
        writer.member("subtotal", totals.subtotal)
        writer.member("discount", totals.discount)
        writer.member("net", totals.net)
        writer.member("tax", totals.tax)
        writer.member("total", totals.total)
        writer.key("lines")
        writer.beginArray()
        for line in totals.lines { writer.numbers([line.discount, line.tax, line.addedTax]) }
        writer.endArray()
        writer.key("taxes")
        writer.beginArray()
        for tax in totals.taxes { writer.numbers([Int64(tax.rate.id.raw.low), tax.net, tax.tax]) }
        writer.endArray()
    }

    /// The question to the oracle: one JSON object on one line.
    func question() -> String {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("digits", currency.digits)
        writer.member("status", status.rawValue)
        writer.discount(discount)
        writer.key("lines")
        writer.beginArray()
        for line in lines {
            writer.beginObject()
            writer.member("quantity", line.quantity.text)
            writer.member("price", line.price.text)
            writer.discount(line.discount)
            writer.key("rates")
            writer.beginArray()
            for rate in line.rates {
                writer.beginObject()
                writer.member("id", Int64(rate.id.raw.low))
                writer.member("percent", rate.percentage.percent.text)
                writer.member("inclusive", rate.isInclusive)
                writer.endObject()
            }
            writer.endArray()
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension JSONWriter {
    fileprivate mutating func numbers(_ numbers: [Int64]) {
        beginArray()
        for number in numbers { int(number) }
        endArray()
    }

    fileprivate mutating func discount(_ discount: Discount?) {
        key("discount")
        guard let discount else { return null() }
        beginObject()
        switch discount {
        case .percent(let percentage): member("percent", percentage.percent.text)
        case .fixed(let amount): member("fixed", amount)
        }
        endObject()
    }
}
