extension InvoiceDocument {
    /// What a sender has chosen for its papers; what is nil is as usual.
    public struct Look: Sendable, Hashable, Codable {
        /// The letters.
        public var font: Typeface?
        /// Where the logo stands.
        public var logoPlacement: LogoPlacement?
        /// The size of the pages.
        public var pageSize: PageSize?
        /// What the papers are called, by `Kind`: `Tax invoice`.
        public var titles: [Wording]?
        /// Other words for labels, by `Label`.
        public var labels: [Wording]?
        /// Which columns the lines have besides description and amount; nil for all that say anything.
        public var columns: [Column]?
        /// Above the lines.
        public var intro: String?
        /// At the end.
        public var closing: String?

        /// The usual look.
        public init() {}
    }

    /// The sender's own word for something.
    public struct Wording: Sendable, Hashable, Codable {
        /// The raw value of what it stands for.
        public var name: String
        /// The word.
        public var text: String

        /// A word.
        public init(name: String, text: String) {
            self.name = name
            self.text = text
        }
    }

    /// The letters of a paper; what one lacks, the system's other fonts fill in.
    public enum Typeface: String, Sendable, Hashable, Codable, CaseIterable {
        /// Without serifs.
        case sans
        /// With serifs.
        case serif
        /// Without serifs, drawn for large sizes: narrower and lighter.
        case sansDisplay = "sans_display"
        /// With serifs, drawn for large sizes.
        case serifDisplay = "serif_display"

        /// What the system calls it.
        var family: String {
            switch self {
            case .sans: "Noto Sans"
            case .serif: "Noto Serif"
            case .sansDisplay: "Noto Sans Display"
            case .serifDisplay: "Noto Serif Display"
            }
        }
    }

    /// Where the logo stands.
    public enum LogoPlacement: String, Sendable, Hashable, Codable, CaseIterable {
        /// Above the sender, where reading begins.
        case leading
        /// Above the title, where reading ends.
        case trailing
        /// Nowhere.
        case hidden
    }

    /// The size of the pages.
    public enum PageSize: String, Sendable, Hashable, Codable, CaseIterable {
        /// As in most of the world.
        case a4
        /// As in North America.
        case letter
    }

    /// A column of the lines that can be left out.
    public enum Column: String, Sendable, Hashable, Codable, CaseIterable {
        /// How much of it.
        case quantity
        /// The price of one.
        case unitPrice = "unit_price"
        /// What is taken off.
        case discount
        /// The rates.
        case tax
    }

    /// A label that a sender can word otherwise.
    public enum Label: String, Sendable, Hashable, CaseIterable {
        case billedTo = "billed_to"
        case number
        case issueDate = "issue_date"
        case dueDate = "due_date"
        case purchaseOrder = "po_number"
        case aboutInvoice = "for_invoice"
        case taxID = "tax_id"
        case amountDue = "amount_due"
        case payOnline = "pay_online"
        case description
        case quantity
        case unitPrice = "unit_price"
        case discount
        case tax
        case amount
        case subtotal
        case total
        case taxSummary = "tax_summary"
        case payments
        case notes

        /// Where the usual word is.
        var path: WritableKeyPath<DocumentWords, String> {
            switch self {
            case .billedTo: \.billedTo
            case .number: \.number
            case .issueDate: \.issueDate
            case .dueDate: \.dueDate
            case .purchaseOrder: \.purchaseOrder
            case .aboutInvoice: \.aboutInvoice
            case .taxID: \.taxID
            case .amountDue: \.amountDue
            case .payOnline: \.payOnline
            case .description: \.description
            case .quantity: \.quantity
            case .unitPrice: \.unitPrice
            case .discount: \.discount
            case .tax: \.tax
            case .amount: \.amount
            case .subtotal: \.subtotal
            case .total: \.total
            case .taxSummary: \.taxSummary
            case .payments: \.payments
            case .notes: \.notes
            }
        }
    }
}

extension DocumentWords {
    /// The words of a language, with those in their place that the sender has chosen.
    init(_ language: DocumentLanguage, _ look: InvoiceDocument.Look) {
        self = .of(language)
        for wording in look.titles ?? [] {
            switch InvoiceDocument.Kind(rawValue: wording.name) {
            case .invoice: invoice = wording.text
            case .receipt: receipt = wording.text
            case .creditNote: creditNote = wording.text
            case nil: continue
            }
        }
        for wording in look.labels ?? [] {
            if let label = InvoiceDocument.Label(rawValue: wording.name) {
                self[keyPath: label.path] = wording.text
            }
        }
    }
}
