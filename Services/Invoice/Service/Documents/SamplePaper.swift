import Documents
import Primitives

/// A paper with made-up content, to see what a template makes of it.
struct SamplePaper: Sendable {
    let sender: Sender?
    let currency: Currency
    let day: CivilDate

    private static let daysToPay = 14

    func document(_ kind: InvoiceDocument.Kind, as template: TemplateContent) -> InvoiceDocument {
        let customer = InvoiceDocument.Party(
            name: "Example Ltd", address: "1 Example Street\n12345 Exampleton", email: "billing@example.com")
        var document = InvoiceDocument(
            kind: kind, language: sender?.language ?? "en", sender: InvoicePaper.party(sender),
            customer: customer, currency: currency, lines: Self.lines,
            totals: totals(kind), madeAt: Instant(seconds: Int64(day.daysSince1970) * 86_400))
        InvoicePaper.brand(&document, of: sender)
        document.number = kind == .creditNote ? "CN-000001" : "000001"
        document.aboutNumber = kind == .invoice ? nil : "000001"
        document.issueDate = day
        document.dueDate = kind == .invoice ? day.adding(days: Self.daysToPay) : nil
        document.title = "Example"
        document.purchaseOrder = "PO-1"
        document.notes = template.terms
        if kind == .receipt {
            document.payments = [
                InvoiceDocument.Payment(date: day, method: "card", amount: document.totals.received)
            ]
        }
        template.dress(&document)
        return document
    }

    private static let rate = ExactDecimal(coefficient: 20, fractionDigits: 0)

    private static let lines = [
        line("Consulting", quantity: 2, 95_00, discount: 10_00), line("Support, monthly", quantity: 1, 49_00),
    ]

    private static func line(
        _ text: String, quantity: Int64, _ amount: Int64, discount: Int64? = nil
    ) -> InvoiceDocument.Line {
        InvoiceDocument.Line(
            text: text, quantity: ExactDecimal(coefficient: quantity, fractionDigits: 0), unitAmount: amount,
            discount: discount, taxRates: [rate], total: quantity * amount - (discount ?? 0))
    }

    private func totals(_ kind: InvoiceDocument.Kind) -> InvoiceDocument.Totals {
        let net = Self.lines.reduce(0) { $0 + $1.total }
        let tax = InvoiceDocument.TaxSum(rate: Self.rate, net: net, tax: net / 5)
        let total = net + tax.tax
        var totals = InvoiceDocument.Totals(total: total, open: kind == .invoice ? total : 0)
        totals.subtotal = net
        totals.taxes = [tax]
        totals.received = kind == .receipt ? total : 0
        return totals
    }
}
