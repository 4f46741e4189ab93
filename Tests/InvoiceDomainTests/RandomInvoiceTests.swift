import Foundation
import InvoiceDomain
import Primitives
import TestKit
import Testing

@Suite("Thousands of random invoices", .timeLimit(.minutes(10)))
struct RandomInvoiceTests {
    /// For every currency so many.
    private static let countPerCurrency = 40
    private static let seed: UInt64 = 4217

    private static func invoices() -> [RandomInvoice] {
        var numbers = SeededNumbers(seed: seed)
        return Currency.all.flatMap { currency in
            (0..<countPerCurrency).map { _ in RandomInvoice(currency, using: &numbers) }
        }
    }

    @Test("come to what exact fractions say, in every currency, line by line and rate by rate")
    func oracle() async throws {
        let invoices = Self.invoices()
        let file = FileManager.default.temporaryDirectory.appending(path: "invoices-\(UUID()).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        let questions = invoices.map { $0.question() }
        try questions.joined(separator: "\n").write(to: file, atomically: false, encoding: .utf8)
        let answers = try await ChildProcess.succeed([
            "/usr/bin/python3", "Tests/Oracles/amounts.py", file.path,
        ]).split(separator: "\n").map(String.init)
        #expect(answers.count == invoices.count && invoices.count > 6_000)
        for ((invoice, question), expected) in zip(zip(invoices, questions), answers) {
            #expect(try invoice.answer() == expected, "\(question)")
        }
        let refused = answers.filter { $0.contains("negative") }
        // Neither kind is so rare that nothing is checked.
        #expect(!refused.isEmpty && refused.count < invoices.count / 4)
    }

    @Test("have totals that are the sum of their parts, and never a discount beyond what there is")
    func sums() throws {
        for invoice in Self.invoices() {
            guard let totals = try? invoice.calculation().totals() else { continue }
            let added = totals.lines.map(\.addedTax).reduce(0, +)
            #expect(totals.total == totals.subtotal - totals.discount + added)
            #expect(totals.total == totals.net + totals.tax)
            #expect(totals.tax == totals.lines.map(\.tax).reduce(0, +))
            #expect(totals.tax == totals.taxes.map(\.tax).reduce(0, +))
            #expect(totals.discount == totals.lines.map(\.discount).reduce(0, +))
            #expect(totals.lines.allSatisfy { $0.discount >= 0 })
            #expect(totals.taxes.allSatisfy { $0.gross == $0.net + $0.tax })
            if invoice.status != .taxable { #expect(totals.tax == 0) }
        }
    }
}
