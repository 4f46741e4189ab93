/// The words that a document adds to what people wrote.
struct DocumentWords: Sendable {
    var invoice, receipt, creditNote: String
    var draft, void: String
    var billedTo, number, issueDate, dueDate, purchaseOrder, aboutInvoice, taxID: String
    var amountDue, amountPaid, amountCredited, paidInFull, overThanks: String
    /// Followed by a date.
    var dueOn, paidOn: String
    var payOnline, scanToPay: String
    var description, quantity, unitPrice, discount, tax, amount: String
    var subtotal, total, included, credited, received, refunded: String
    var taxSummary, rate, net, payments, date, method, notes: String
    var page: @Sendable (_ page: Int, _ count: Int) -> String
    var months: [String]
    /// By the method's name among payments.
    var methods: [String: String]

    static func of(_ language: DocumentLanguage) -> DocumentWords {
        switch language {
        case .english: english
        case .german: german
        case .french: french
        case .spanish: spanish
        case .arabic: arabic
        }
    }

    func title(_ kind: InvoiceDocument.Kind) -> String {
        switch kind {
        case .invoice: invoice
        case .receipt: receipt
        case .creditNote: creditNote
        }
    }

    func title(_ column: InvoiceDocument.Column) -> String {
        switch column {
        case .quantity: quantity
        case .unitPrice: unitPrice
        case .discount: discount
        case .tax: tax
        }
    }

    func mark(_ mark: InvoiceDocument.Mark) -> String {
        switch mark {
        case .draft: draft
        case .void: void
        }
    }

    /// The word for a method; one that is not known is shown as it is, without its underscores.
    func paymentMethod(_ name: String) -> String {
        methods[name] ?? String(name.map { $0 == "_" ? " " : $0 })
    }
}
