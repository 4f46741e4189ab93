/// The words that a document adds to what people wrote.
struct DocumentWords: Sendable {
    let invoice, receipt, creditNote: String
    let draft, void: String
    let billedTo, number, issueDate, dueDate, purchaseOrder, aboutInvoice, taxID: String
    let amountDue, amountPaid, amountCredited, paidInFull, overThanks: String
    /// Followed by a date.
    let dueOn, paidOn: String
    let payOnline, scanToPay: String
    let description, quantity, unitPrice, discount, tax, amount: String
    let subtotal, total, included, credited, received, refunded: String
    let taxSummary, rate, net, payments, date, method, notes: String
    let instalments: String
    let page: @Sendable (_ page: Int, _ count: Int) -> String
    let months: [String]
    /// By the method's name among payments.
    let methods: [String: String]

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
