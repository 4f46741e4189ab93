import InvoiceDomain
import Primitives
import Testing

@Suite struct InvoiceLineTests {
    private func line(_ quantity: String, _ unitAmount: Int64) throws -> InvoiceLine {
        try InvoiceLine(
            id: LineItemID(RawID.v7()), description: "Consulting",
            quantity: try #require(ExactDecimal(quantity)),
            unitAmount: unitAmount)
    }

    @Test(
        "a line is rounded half up to the minor unit",
        arguments: [
            ("2", 5_000, 10_000), ("0.5", 1, 1), ("0.4999", 1, 0), ("1.5", 333, 500), ("0.333", 1_000, 333),
            ("2.675", 100, 268), ("1e-3", 500, 1), ("1e-3", 499, 0), ("3", 0, 0),
        ])
    func rounding(quantity: String, unitAmount: Int64, expected: Int64) throws {
        #expect(try line(quantity, unitAmount).total == expected)
    }

    @Test("lines are rounded first and added then")
    func sum() throws {
        let lines = try (0..<3).map { _ in try line("0.5", 1) }
        #expect(try InvoiceCalculation(lines: lines).totals().total == 3)
    }

    @Test("quantities of zero and below are refused")
    func bounds() {
        #expect(throws: InvoiceRuleViolation.amountNotPositive) { try line("0", 100) }
        #expect(throws: InvoiceRuleViolation.amountNotPositive) { try line("-1", 100) }
    }

    @Test("what is given back is rounded as what was asked for")
    func credit() throws {
        #expect(try line("0.5", -1).total == -1)
        #expect(try line("1.5", -333).total == -500)
    }

    @Test(
        "a price finer than the minor unit is exact until the line is rounded",
        arguments: [
            ("10000", "0.35", 3_500), ("3", "0.35", 1), ("1", "0.5", 1), ("1", "0.4999999999", 0),
            ("1e6", "1e-10", 0), ("123456789.5", "1.23456", 152_414_814), ("7", "-0.35", -2),
        ])
    func finePrice(quantity: String, price: String, expected: Int64) throws {
        let line = try InvoiceLine(
            id: LineItemID(RawID.v7()), description: "Calls", quantity: try #require(ExactDecimal(quantity)),
            unitPrice: try #require(ExactDecimal(price)))
        #expect(line.total == expected)
    }

    @Test("prices and quantities finer than anybody needs are refused")
    func tooFine() throws {
        #expect(throws: InvoiceRuleViolation.tooFine) { try line("1e-19", 1) }
        #expect(throws: InvoiceRuleViolation.tooFine) {
            try InvoiceLine(
                id: LineItemID(RawID.v7()), description: "",
                quantity: ExactDecimal(coefficient: 1, fractionDigits: 0),
                unitPrice: ExactDecimal(coefficient: 1, fractionDigits: 11))
        }
    }

    @Test("what does not fit is refused, line by line and in sum")
    func overflow() throws {
        #expect(throws: InvoiceRuleViolation.amountTooLarge) { try line("1", 1_000_000_000_001) }
        #expect(throws: InvoiceRuleViolation.amountTooLarge) {
            try line("999999999999999999", 1_000_000_000_000)
        }
        let large = try line("1000", 1_000_000_000_000)
        #expect(throws: InvoiceRuleViolation.amountTooLarge) {
            try InvoiceCalculation(lines: [large, large]).totals()
        }
    }

    @Test("a pay link dies at the end of its last day where the organization is")
    func payLink() throws {
        let zone = try #require(Zone("America/New_York"))
        let terms = PayLinkTerms(daysAfterDue: 30, isOneTime: false)
        let expiry = terms.expiry(dueDate: try #require(CivilDate("2026-10-10")), zone: zone)
        // The clocks go back in between.
        #expect(expiry.rfc3339 == "2026-11-10T05:00:00.000Z")
    }
}
