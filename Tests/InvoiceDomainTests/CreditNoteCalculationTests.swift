import Primitives
import TestKit
import Testing

@testable import InvoiceDomain

@Suite("What a credit note comes to")
struct CreditNoteCalculationTests {
    private let nineteen = TaxRate.of("19")
    private let seven = TaxRate.of("7")

    /// An issued invoice: its lines as they were priced, and what they come to.
    private struct Issued {
        let lines: [InvoiceLine]
        let totals: InvoiceTotals

        init(_ parts: [(quantity: String, price: Int64, rates: [TaxRate])]) throws {
            var lines: [InvoiceLine] = []
            for (index, part) in parts.enumerated() {
                lines.append(
                    try InvoiceLine(
                        id: LineItemID(RawID(high: 0, low: UInt64(index + 1))), description: "Line",
                        quantity: try #require(ExactDecimal(part.quantity)),
                        unitPrice: ExactDecimal(coefficient: part.price, fractionDigits: 0),
                        taxRates: part.rates.map(\.id)))
            }
            totals = try InvoiceCalculation.of(lines, parts.flatMap(\.rates)).totals()
            for (index, amounts) in totals.lines.enumerated() { lines[index].amounts = amounts }
            self.lines = lines
        }

        func credit(
            _ part: CreditedPart, after earlier: [CreditNoteAmounts] = []
        ) throws(InvoiceRuleViolation) -> CreditNoteAmounts {
            try CreditNoteCalculation(
                total: totals.total, taxes: totals.taxes, lines: lines, earlier: earlier
            ).amounts(of: part)
        }
    }

    private func quantity(_ text: String) throws -> CreditedLine.Measure {
        .quantity(try #require(ExactDecimal(text)))
    }

    @Test("a note over everything takes back amount and tax as they were asked for")
    func everything() throws {
        let issued = try Issued([("2", 1_000, [nineteen]), ("1", 333, [seven])])
        let note = try issued.credit(.everything)
        #expect(note.amount == issued.totals.total)
        #expect(note.tax == 380 + 23)
        #expect(note.taxes == [nineteen.id: 380, seven.id: 23])
        #expect(throws: InvoiceRuleViolation.creditExceedsInvoice) {
            try issued.credit(.everything, after: [note])
        }
    }

    @Test("a note over an amount takes back tax in proportion, and the last one what is left of each rate")
    func byAmount() throws {
        let issued = try Issued([("3", 333, [nineteen])])
        #expect(issued.totals.total == 1_189)
        let first = try issued.credit(.amount(400))
        #expect(first.tax == 64)
        let second = try issued.credit(.amount(400), after: [first])
        #expect(second.tax == 64)
        let last = try issued.credit(.amount(389), after: [first, second])
        #expect(first.tax + second.tax + last.tax == issued.totals.tax)
    }

    @Test("a line that is given back piece by piece is given back exactly")
    func byQuantity() throws {
        let issued = try Issued([("3", 10, [nineteen]), ("1", 500, [])])
        let line = issued.lines[0]
        #expect(line.total + line.amounts.addedTax == 36)
        var notes: [CreditNoteAmounts] = []
        for piece in ["1", "0.5", "1.50"] {
            let part = CreditedLine(id: line.id, measure: try quantity(piece))
            notes.append(try issued.credit(.lines([part]), after: notes))
        }
        #expect(notes.map(\.amount) == [12, 6, 18])
        #expect(notes.reduce(0) { $0 + $1.tax } == line.amounts.tax)
        let more = CreditedLine(id: line.id, measure: try quantity("0.01"))
        #expect(throws: InvoiceRuleViolation.creditExceedsInvoice) {
            try issued.credit(.lines([more]), after: notes)
        }
    }

    @Test("no line gives back more than it asked for, and none that is not there or named twice")
    func lineLimits() throws {
        let issued = try Issued([("1", 1_000, [seven]), ("1", -200, [])])
        let (line, giving) = (issued.lines[0].id, issued.lines[1].id)
        func credit(_ parts: [CreditedLine]) throws(InvoiceRuleViolation) -> CreditNoteAmounts {
            try issued.credit(.lines(parts))
        }
        let all = CreditedLine(id: line, measure: .amount(870))
        #expect(try credit([all]).amount == 870)
        #expect(throws: InvoiceRuleViolation.creditExceedsInvoice) {
            // The line alone came to 1 070, the invoice to 870.
            try credit([CreditedLine(id: line, measure: .amount(871))])
        }
        #expect(throws: InvoiceRuleViolation.creditExceedsInvoice) {
            try credit([CreditedLine(id: line, measure: try quantity("1.1"))])
        }
        #expect(throws: InvoiceRuleViolation.creditExceedsInvoice) {
            try credit([CreditedLine(id: giving, measure: .amount(1))])
        }
        #expect(throws: InvoiceRuleViolation.unknownLine) { try credit([all, all]) }
        #expect(throws: InvoiceRuleViolation.unknownLine) { try credit([]) }
        let stranger = LineItemID(RawID(high: 9, low: 9))
        #expect(throws: InvoiceRuleViolation.unknownLine) {
            try credit([CreditedLine(id: stranger, measure: .amount(1))])
        }
    }

    @Test("nothing and less than nothing cannot be credited", arguments: [0, -1])
    func nothing(amount: Int64) throws {
        let issued = try Issued([("1", 1_000, [])])
        #expect(throws: InvoiceRuleViolation.amountNotPositive) { try issued.credit(.amount(amount)) }
        let part = CreditedLine(id: issued.lines[0].id, measure: .amount(amount))
        #expect(throws: InvoiceRuleViolation.amountNotPositive) { try issued.credit(.lines([part])) }
    }

    @Test(
        "whatever notes are written, all together give back the invoice and its tax exactly",
        arguments: 1...40)
    func anyNotes(seed: UInt64) throws {
        var numbers = SeededNumbers(seed: seed)
        let rates = [nineteen, seven, TaxRate.of("8.875", isInclusive: true)]
        let issued = try Issued(
            (0..<Int.random(in: 1...5, using: &numbers)).map { _ in
                (
                    String(Int.random(in: 1...9, using: &numbers)),
                    Int64.random(in: 1...9_999, using: &numbers),
                    rates.filter { _ in Bool.random(using: &numbers) }
                )
            })
        var notes: [CreditNoteAmounts] = []
        var left = issued.totals.total
        while left > 0 {
            let isLast = notes.count == 20
            let amount = isLast ? left : Int64.random(in: 1...left, using: &numbers)
            notes.append(try issued.credit(isLast ? .everything : .amount(amount), after: notes))
            left -= amount
        }
        #expect(notes.reduce(0) { $0 + $1.amount } == issued.totals.total)
        #expect(notes.reduce(0) { $0 + $1.tax } == issued.totals.tax)
        for total in issued.totals.taxes {
            #expect(notes.reduce(0) { $0 + ($1.taxes[total.rate.id] ?? 0) } == total.tax)
        }
    }
}

@Suite("Credit notes and where an invoice stands")
struct CreditStandingTests {
    private func standing(_ state: InvoiceState, paid: Int64 = 0, credited: Int64 = 0) -> InvoiceStanding {
        InvoiceStanding(
            state: state, amounts: InvoiceAmounts(total: 100, paid: paid, credited: credited))
    }

    @Test(
        "a note lowers what is due, and pays the invoice when nothing is due any more",
        arguments: [
            (
                InvoiceState.finalized, Int64(0), Int64(40), InvoiceState.finalized, DebtState.unpaid,
                Int64(60)
            ),
            (.finalized, 0, 100, .paid, .paid, 0), (.finalized, 60, 40, .paid, .paid, 0),
            (.finalized, 60, 70, .paid, .overpaid, 0), (.uncollectible, 0, 40, .uncollectible, .unpaid, 60),
            (.uncollectible, 0, 100, .paid, .paid, 0), (.paid, 100, 30, .paid, .overpaid, 0),
        ])
    func credit(
        state: InvoiceState, paid: Int64, amount: Int64, after: InvoiceState, debt: DebtState, due: Int64
    ) throws {
        let outcome = try standing(state, paid: paid).applying(.credit(amount))
        #expect(outcome.standing.state == after)
        #expect(outcome.standing.debt == debt)
        #expect(outcome.standing.amountDue == due)
        #expect(outcome.facts == (after == state ? [.credited] : [.credited, .paid]))
    }

    @Test("what was overpaid by a note is paid again when it has been given back")
    func givenBack() throws {
        let credited = try standing(.paid, paid: 100).applying(.credit(30)).standing
        #expect(credited.amounts.excess == 30)
        let refunded = try credited.applying(.refund(30)).standing
        #expect(refunded.debt == .paid)
        #expect(refunded.amounts.excess == 0)
    }

    @Test("drafts and voided invoices take no note, and no invoice more than it asks for")
    func refused() {
        #expect(throws: InvoiceRuleViolation.isDraft) { try standing(.draft).applying(.credit(1)) }
        #expect(throws: InvoiceRuleViolation.isVoided) { try standing(.voided).applying(.credit(1)) }
        #expect(throws: InvoiceRuleViolation.amountNotPositive) {
            try standing(.finalized).applying(.credit(0))
        }
        #expect(throws: InvoiceRuleViolation.creditExceedsInvoice) {
            try standing(.finalized, credited: 60).applying(.credit(41))
        }
    }

    @Test("a note is taken back only while something is due")
    func withdraw() throws {
        let outcome = try standing(.finalized, credited: 40).applying(.withdrawCredit(40))
        #expect(outcome.standing.amountDue == 100)
        #expect(outcome.facts == [.creditWithdrawn])
        for state in [InvoiceState.draft, .paid, .voided] {
            #expect(throws: InvoiceRuleViolation.creditSettled) {
                try standing(state, credited: 40).applying(.withdrawCredit(40))
            }
        }
        #expect(throws: InvoiceRuleViolation.amountNotPositive) {
            try standing(.finalized, credited: 40).applying(.withdrawCredit(41))
        }
    }
}
