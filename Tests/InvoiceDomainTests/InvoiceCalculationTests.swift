import Primitives
import Testing

@testable import InvoiceDomain

@Suite("What an invoice comes to")
struct InvoiceCalculationTests {
    private let seven = TaxRate.of("7")
    private let nineteen = TaxRate.of("19")
    private let inside = TaxRate.of("19", isInclusive: true)

    @Test("tax is rounded line by line and then added")
    func perLine() throws {
        let lines = try (0..<3).map { _ in try InvoiceLine.of(3, rates: [nineteen]) }
        let totals = try InvoiceCalculation.of(lines, [nineteen]).totals()
        // Three times 0.57, each rounded to 1; rounding the sum would give 2.
        #expect(totals.tax == 3)
        #expect(totals.total == 12)
        #expect(totals.taxes == [TaxTotal(rate: nineteen, net: 9, tax: 3)])
    }

    @Test("rates that are added are each taken from the net, those that prices contain are taken out of them")
    func mixed() throws {
        let lines = [try InvoiceLine.of(11_900, rates: [inside, seven])]
        let totals = try InvoiceCalculation.of(lines, [inside, seven]).totals()
        #expect(totals.net == 10_000)
        #expect(totals.tax == 1_900 + 700)
        #expect(totals.total == 11_900 + 700)
        #expect(totals.subtotal == 11_900)
        #expect(totals.lines == [LineAmounts(discount: 0, tax: 2_600, addedTax: 700)])
    }

    @Test("a discount is taken off before tax, first that of the line, then that of the invoice")
    func discounts() throws {
        let lines = [
            try InvoiceLine.of(10_000, discount: .percent(.of("10")), rates: [nineteen]),
            try InvoiceLine.of(1_000, discount: .fixed(100)),
        ]
        let totals = try InvoiceCalculation.of(lines, [nineteen], discount: .fixed(990)).totals()
        #expect(totals.subtotal == 11_000)
        #expect(totals.discount == 1_000 + 100 + 990)
        #expect(totals.lines.map(\.discount) == [1_900, 190])
        #expect(totals.tax == 1_539)
        #expect(totals.total == 8_100 + 1_539 + 810)
    }

    @Test("a fixed discount takes what there is and not more; the invoice then asks for nothing")
    func fixedBeyond() throws {
        let lines = [try InvoiceLine.of(500, rates: [nineteen]), try InvoiceLine.of(-200, rates: [nineteen])]
        let totals = try InvoiceCalculation.of(lines, [nineteen], discount: .fixed(1_000_000)).totals()
        #expect(totals.discount == 300)
        #expect(totals.lines.map(\.discount) == [300, 0])
        #expect(totals.total == 0)
    }

    @Test(
        "whoever does not pay tax pays prices as they stand", arguments: [TaxStatus.exempt, .reverseCharge])
    func exemption(status: TaxStatus) throws {
        let lines = [try InvoiceLine.of(1_190, rates: [inside]), try InvoiceLine.of(100, rates: [seven])]
        let totals = try InvoiceCalculation.of(lines, [inside, seven], taxStatus: status).totals()
        #expect(totals.total == 1_290)
        #expect(totals.tax == 0)
        #expect(
            totals.taxes == [
                TaxTotal(rate: inside, net: 1_190, tax: 0), TaxTotal(rate: seven, net: 100, tax: 0),
            ])
        #expect(status.note != nil)
    }

    @Test("lines may give back, but the invoice never asks for less than nothing")
    func credits() throws {
        let charge = try InvoiceLine.of(1_000, rates: [nineteen])
        let credit = try InvoiceLine.of(-400, rates: [nineteen])
        let totals = try InvoiceCalculation.of([charge, credit], [nineteen]).totals()
        #expect(totals.taxes == [TaxTotal(rate: nineteen, net: 600, tax: 114)])
        #expect(totals.total == 714)
        for lines in [
            [credit], [credit, try .of(399)],
            // Nothing net, but the tax on what is given back is more than that on what is asked for.
            [try .of(400), credit],
        ] {
            #expect(throws: InvoiceRuleViolation.totalNegative) {
                try InvoiceCalculation.of(lines, [nineteen]).totals()
            }
        }
    }

    @Test("a line gives no more discount than it asks for, and what gives back takes none")
    func lineDiscountBounds() {
        #expect(throws: InvoiceRuleViolation.discountTooLarge) {
            try InvoiceLine.of(100, discount: .fixed(101))
        }
        #expect(throws: InvoiceRuleViolation.discountTooLarge) {
            try InvoiceLine.of(100, discount: .fixed(-1))
        }
        #expect(throws: InvoiceRuleViolation.discountTooLarge) {
            try InvoiceLine.of(-100, discount: .percent(.of("1")))
        }
    }

    @Test("a rate that is not there and a rate named twice are refused, never ignored")
    func rates() throws {
        let line = try InvoiceLine.of(100, rates: [nineteen])
        #expect(throws: InvoiceRuleViolation.unknownTaxRate) {
            try InvoiceCalculation(lines: [line]).totals()
        }
        #expect(throws: InvoiceRuleViolation.tooManyTaxRates) {
            try InvoiceLine.of(100, rates: [nineteen, nineteen])
        }
    }

    @Test("what grows too large is refused, whatever makes it grow")
    func overflow() throws {
        let most = try InvoiceLine(
            id: LineItemID(.v7()), description: "",
            quantity: ExactDecimal(coefficient: 1_000, fractionDigits: 0),
            unitAmount: InvoiceLine.maximumUnitAmount, rates: [.of("100")])
        #expect(try InvoiceCalculation(lines: [try .of(1)]).totals().total == 1)
        #expect(throws: InvoiceRuleViolation.amountTooLarge) {
            try InvoiceCalculation.of([most], [.of("100")]).totals()
        }
        let credit = try InvoiceLine(
            id: LineItemID(.v7()), description: "",
            quantity: ExactDecimal(coefficient: 1_000, fractionDigits: 0),
            unitAmount: -InvoiceLine.maximumUnitAmount, rates: [])
        #expect(throws: InvoiceRuleViolation.amountTooLarge) {
            try InvoiceCalculation(lines: [credit, credit]).totals()
        }
    }

    @Test("an amount with its tax added says, taken as a price that contains it, the same net and tax")
    func inclusiveAgreesWithExclusive() throws {
        for parts in [0, 1, 49_999, 50_000, 70_000, 88_750, 190_000, 255_000, 500_000, 1_000_000] as [Int64] {
            let percentage = try #require(Percentage(partsPerMillion: parts))
            let outside = TaxRate.of(percentage.percent.text)
            let inside = TaxRate.of(percentage.percent.text, isInclusive: true)
            for net in (0...1_500) as ClosedRange<Int64> {
                let added = try InvoiceCalculation.of([try .of(net, rates: [outside])], [outside]).totals()
                let contained = try InvoiceCalculation.of([try .of(added.total, rates: [inside])], [inside])
                    .totals()
                #expect(contained.net == net && contained.tax == added.tax, "\(parts) \(net)")
            }
        }
    }

    @Test("two contained rates leave the same net as one of their sum")
    func containedSum() throws {
        let (five, ten) = (TaxRate.of("5", isInclusive: true), TaxRate.of("10", isInclusive: true))
        let fifteen = TaxRate.of("15", isInclusive: true)
        for amount in (-600...600) as ClosedRange<Int64> {
            let big = try InvoiceLine.of(1_000)
            let two = try InvoiceCalculation.of([big, try .of(amount, rates: [five, ten])], [five, ten])
                .totals()
            let one = try InvoiceCalculation.of([big, try .of(amount, rates: [fifteen])], [fifteen]).totals()
            #expect(two.net == one.net && two.total == one.total && two.tax == one.tax)
            #expect(two.taxes.map(\.tax).reduce(0, +) == two.tax)
        }
    }
}

extension Percentage {
    /// A percentage that a test writes down.
    static func of(_ text: String) -> Percentage {
        guard let decimal = ExactDecimal(text), let percentage = Percentage(decimal) else {
            preconditionFailure("\(text) is no percentage")
        }
        return percentage
    }
}

extension TaxRate {
    /// A rate whose id depends on what it says, so that the same rate is the same wherever a test writes it.
    static func of(_ percent: String, id: UInt64? = nil, isInclusive: Bool = false) -> TaxRate {
        let percentage = Percentage.of(percent)
        let raw = RawID(high: isInclusive ? 1 : 0, low: id ?? UInt64(percentage.partsPerMillion))
        return TaxRate(id: TaxRateID(raw), name: "VAT", percentage: percentage, isInclusive: isInclusive)
    }
}

extension InvoiceLine {
    /// One piece at a price.
    static func of(
        _ amount: Int64, discount: Discount? = nil, rates: [TaxRate] = []
    ) throws(InvoiceRuleViolation) -> InvoiceLine {
        try InvoiceLine(
            id: LineItemID(RawID(high: 0, low: 1)), description: "Line",
            quantity: ExactDecimal(coefficient: 1, fractionDigits: 0),
            unitPrice: ExactDecimal(coefficient: amount, fractionDigits: 0), discount: discount,
            taxRates: rates.map(\.id))
    }

    fileprivate init(
        id: LineItemID, description: String, quantity: ExactDecimal, unitAmount: Int64, rates: [TaxRate]
    ) throws(InvoiceRuleViolation) {
        try self.init(
            id: id, description: description, quantity: quantity,
            unitPrice: ExactDecimal(coefficient: unitAmount, fractionDigits: 0), taxRates: rates.map(\.id))
    }
}

extension InvoiceCalculation {
    /// With the rates that the lines name.
    static func of(
        _ lines: [InvoiceLine], _ rates: [TaxRate], discount: Discount? = nil, taxStatus: TaxStatus = .taxable
    ) -> InvoiceCalculation {
        InvoiceCalculation(
            lines: lines, discount: discount,
            rates: Dictionary(rates.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }),
            taxStatus: taxStatus)
    }
}
