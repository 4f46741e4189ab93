import Documents
import InvoiceDomain
import Primitives

/// The paper of a credit note: of its invoice it has both sides, the look and the words of the lines.
extension InvoicePaper {
    func document(of note: CreditNote) -> InvoiceDocument {
        var document = bare(
            .creditNote, lines: lines(of: note), totals: totals(of: note),
            madeAt: note.voidedAt ?? note.createdAt)
        document.mark = note.voidedAt == nil ? nil : .void
        document.number = note.number
        document.aboutNumber = invoice.number
        document.issueDate = note.issueDate
        document.details = note.amounts.lines.isEmpty ? nil : note.reason
        document.notes = invoice.taxStatus.note
        template?.dress(&document)
        return document
    }

    /// Whether the prices of the invoice hold all its taxes; else lines are shown without any.
    private var isInclusive: Bool { invoice.particulars.taxes.allSatisfy(\.rate.isInclusive) }

    private func lines(of note: CreditNote) -> [InvoiceDocument.Line] {
        guard !note.amounts.lines.isEmpty else {
            return [sum(note.reason, nil, note.amounts.amount, note.amounts.tax)]
        }
        let texts = Dictionary(lines.map { ($0.id, $0.description) }) { first, _ in first }
        return note.amounts.lines.map { sum(texts[$0.id] ?? "", $0.quantity, $0.amount, $0.tax) }
    }

    private func sum(
        _ text: String, _ quantity: ExactDecimal?, _ amount: Int64, _ tax: Int64
    ) -> InvoiceDocument.Line {
        InvoiceDocument.Line(
            text: text, quantity: quantity, unitAmount: nil, total: isInclusive ? amount : amount - tax)
    }

    private func totals(of note: CreditNote) -> InvoiceDocument.Totals {
        let amounts = note.amounts
        var totals = InvoiceDocument.Totals(total: amounts.amount, open: 0)
        totals.taxes = invoice.particulars.taxes.compactMap { whole in
            guard let tax = amounts.taxes[whole.rate.id] else { return nil }
            return InvoiceDocument.TaxSum(
                name: whole.rate.name, rate: whole.rate.percentage.percent,
                // Where one rate is on everything, net and tax are the whole to the cent.
                net: whole.gross == invoice.changing.standing.amounts.total
                    ? amounts.amount - tax : Self.share(of: whole, tax),
                tax: tax, isIncluded: isInclusive)
        }
        totals.subtotal = totals.taxes.isEmpty || isInclusive ? nil : amounts.amount - amounts.tax
        totals.refunded = note.settlement == .refund ? note.returned : 0
        return totals
    }

    /// What of the net of a rate belongs to a part of its tax, rounded half away from zero.
    private static func share(of whole: TaxTotal, _ tax: Int64) -> Int64 {
        guard whole.tax != 0 else { return whole.net }
        let (high, low) = abs(whole.net).multipliedFullWidth(by: abs(tax))
        let divisor = abs(whole.tax)
        // A part of the tax is at most the tax, so the quotient is at most the net.
        guard high < divisor else { return whole.net }
        let (quotient, remainder) = divisor.dividingFullWidth((high, low))
        let rounded = quotient + (remainder >= divisor - remainder ? 1 : 0)
        return whole.net < 0 ? -rounded : rounded
    }
}
