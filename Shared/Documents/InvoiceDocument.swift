public import PDF
public import Primitives

/// Everything that stands on an invoice, a receipt or a credit note: a value, computed before anything is drawn.
///
/// Amounts are minor units of its currency. What is nil or empty is left out of the page.
public struct InvoiceDocument: Sendable, Hashable {
    /// What the paper is.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// Asks for money.
        case invoice
        /// Confirms money.
        case receipt
        /// Takes something off an invoice.
        case creditNote = "credit_note"
    }

    /// What is written across the pages, because the paper does not count.
    public enum Mark: String, Sendable, Hashable, CaseIterable {
        /// Not issued yet.
        case draft
        /// Cancelled.
        case void
    }

    /// What the paper is.
    public var kind: Kind
    /// Written across the pages.
    public var mark: Mark?
    /// A BCP 47 tag; labels, numbers and dates follow it as far as its language is known, else English.
    public var language: String
    /// Who issues it.
    public var sender: Party
    /// Who gets it.
    public var customer: Party
    /// How the sender's papers look.
    public var branding = Branding()
    /// What it has chosen for this one.
    public var look = Look()
    /// Of the paper; a draft has none.
    public var number: String?
    /// The invoice that a receipt or credit note is about.
    public var aboutNumber: String?
    /// The day of issue.
    public var issueDate: CivilDate?
    /// When it has to be paid.
    public var dueDate: CivilDate?
    /// The customer's own number for the order.
    public var purchaseOrder: String?
    /// What it is for, in a few words.
    public var title: String?
    /// What it is for, in more words.
    public var details: String?
    /// Of all amounts.
    public var currency: Currency
    /// What is charged for.
    public var lines: [Line]
    /// What the lines add up to, and what became of it.
    public var totals: Totals
    /// What was received for it, oldest first.
    public var payments: [Payment] = []
    /// Where it is paid.
    public var payLink: String?
    /// Terms, thanks, bank account: below the totals.
    public var notes: String?
    /// The moment that the file says it was made: of issue, so that the same document is the same file.
    public var madeAt: Instant

    /// A document with what every one has.
    public init(
        kind: Kind, language: String, sender: Party, customer: Party, currency: Currency, lines: [Line],
        totals: Totals, madeAt: Instant
    ) {
        self.kind = kind
        self.language = language
        self.sender = sender
        self.customer = customer
        self.currency = currency
        self.lines = lines
        self.totals = totals
        self.madeAt = madeAt
    }
}

extension InvoiceDocument {
    /// One of the two sides.
    public struct Party: Sendable, Hashable {
        /// As it is written on documents.
        public var name: String
        /// In lines.
        public var address: String?
        /// Where mails go.
        public var email: String?
        /// The number under which it pays taxes.
        public var taxID: String?

        /// A side.
        public init(name: String, address: String? = nil, email: String? = nil, taxID: String? = nil) {
            self.name = name
            self.address = address
            self.email = email
            self.taxID = taxID
        }
    }

    /// How a sender's papers look.
    public struct Branding: Sendable, Hashable {
        /// The colour of titles and panels.
        public var accent: PDFColor?
        /// Stands in place of the name at the top.
        public var logo: PDFImage?
        /// At the bottom of every page.
        public var footer: String?

        /// A look.
        public init(accent: PDFColor? = nil, logo: PDFImage? = nil, footer: String? = nil) {
            self.accent = accent
            self.logo = logo
            self.footer = footer
        }
    }

    /// One thing that is charged for.
    public struct Line: Sendable, Hashable {
        /// What it is.
        public var text: String
        /// How much of it; nil for a sum.
        public var quantity: ExactDecimal?
        /// The price of one; nil for a sum.
        public var unitAmount: Int64?
        /// The same in whole units of the currency, where it is finer than a minor unit: `0.0035`.
        public var finePrice: ExactDecimal?
        /// What is taken off.
        public var discount: Int64?
        /// Percentages, each a tax of its own; nil when the document has no taxes.
        public var taxRates: [ExactDecimal]?
        /// What is charged.
        public var total: Int64

        /// A line.
        public init(
            text: String, quantity: ExactDecimal?, unitAmount: Int64?, discount: Int64? = nil,
            taxRates: [ExactDecimal]? = nil, total: Int64
        ) {
            self.text = text
            self.quantity = quantity
            self.unitAmount = unitAmount
            self.discount = discount
            self.taxRates = taxRates
            self.total = total
        }
    }

    /// What one rate of tax comes to.
    public struct TaxSum: Sendable, Hashable {
        /// Such as VAT.
        public var name: String?
        /// The percentage.
        public var rate: ExactDecimal
        /// What is taxed.
        public var net: Int64
        /// The tax.
        public var tax: Int64
        /// Whether the prices hold it already.
        public var isIncluded: Bool

        /// A sum.
        public init(name: String? = nil, rate: ExactDecimal, net: Int64, tax: Int64, isIncluded: Bool = false)
        {
            self.name = name
            self.rate = rate
            self.net = net
            self.tax = tax
            self.isIncluded = isIncluded
        }
    }

    /// What the lines add up to, and what became of it.
    public struct Totals: Sendable, Hashable {
        /// Before discounts and taxes; nil when it would only repeat the total.
        public var subtotal: Int64?
        /// What is taken off the whole.
        public var discount: Int64?
        /// By rate.
        public var taxes: [TaxSum] = []
        /// What is asked for.
        public var total: Int64
        /// What credit notes took off.
        public var credited: Int64 = 0
        /// What was received.
        public var received: Int64 = 0
        /// What of it was given back.
        public var refunded: Int64 = 0
        /// What is still to be paid.
        public var open: Int64

        /// The amounts of a document.
        public init(total: Int64, open: Int64) {
            self.total = total
            self.open = open
        }
    }

    /// Money that was received.
    public struct Payment: Sendable, Hashable {
        /// When.
        public var date: CivilDate
        /// How: `card`, `bank_transfer`; shown in the language of the document where it is known.
        public var method: String
        /// How much.
        public var amount: Int64

        /// Money.
        public init(date: CivilDate, method: String, amount: Int64) {
            self.date = date
            self.method = method
            self.amount = amount
        }
    }
}
