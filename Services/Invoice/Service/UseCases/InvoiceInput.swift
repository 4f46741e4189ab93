import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// What a sender says about an invoice; which of it is required depends on the use case.
struct InvoiceInput: Sendable {
    /// A day, or a moment whose day depends on the organization's zone.
    enum DueDate: Sendable {
        case day(CivilDate)
        case moment(Instant)

        func date(in zone: Zone) -> CivilDate {
            switch self {
            case .day(let date): date
            case .moment(let instant): zone.date(at: instant)
            }
        }

        /// Reads a date or a date and time of a year that links and schedules can still count from.
        init?(_ text: String) {
            if let date = CivilDate(text) {
                self = .day(date)
            } else if let instant = Instant(rfc3339: text) {
                self = .moment(instant)
            } else {
                return nil
            }
            guard Self.years.contains(date(in: .utc).year) else { return nil }
        }

        private static let years = 2_000...2_999

        static func read(_ fields: FieldReader) -> DueDate? {
            fields.parsed("due_date", "a date or a date and time such as 2026-03-31") { DueDate($0) }
        }
    }

    /// What is taken off the whole invoice.
    enum WholeDiscount: Sendable {
        /// The code or the id of a coupon.
        case coupon(String)
        case plain(DiscountInput)
    }

    let customerID: CustomerID?
    var dueDate: DueDate?
    let currency: Currency?
    let title: String?
    let description: String?
    let subscriptionID: SubscriptionID?
    let walletID: WalletID?
    /// Nil when no lines were given, as opposed to an empty list.
    let lines: [InvoiceLineInput]?
    let discount: WholeDiscount?
    /// Whether the discount was named, be it to take it away.
    let replacesDiscount: Bool
    let externalID: String?
    let poNumber: String?
    let terms: String?
    let footer: String?
    let metadata: JSONB?
    let taxStatus: TaxStatus?
    let templateID: TemplateID?
    /// Whether a template was named, be it to take it away.
    let replacesTemplate: Bool

    /// Reads the body; problems are collected in the reader.
    init(_ fields: FieldReader, body: JSONNode) {
        customerID = fields.id("customer_id", of: Kind.Customer.self)
        dueDate = DueDate.read(fields)
        currency = fields.currency("currency")
        title = fields.string("title", maximumLength: 200)
        description = fields.string("description", maximumLength: 5_000)
        subscriptionID = fields.id("subscription_id", of: Kind.Subscription.self)
        walletID = fields.id("wallet_id", of: Kind.Wallet.self)
        externalID = fields.string("external_id", minimumLength: 1, maximumLength: 200)
        poNumber = fields.string("po_number", maximumLength: 100)
        terms = fields.string("terms", maximumLength: 5_000)
        footer = fields.string("footer", maximumLength: 5_000)
        metadata = fields.metadata("metadata", body["metadata"])
        taxStatus = Self.taxStatus(fields)
        templateID = fields.id("template_id", of: Kind.Template.self)
        replacesTemplate = fields.contains("template_id")
        discount = Self.discount(fields)
        replacesDiscount = fields.contains("coupon") || fields.contains("discount")
        lines = Self.lines(fields, body, title: title)
    }

    private static func lines(_ fields: FieldReader, _ body: JSONNode, title: String?) -> [InvoiceLineInput]?
    {
        let items = fields.objects("line_items", count: 0...InvoiceLine.maximumCount)
        let amount = fields.decimal("amount")
        if let items {
            if amount != nil { fields.refuse("amount", "conflicting", "Give either line_items or amount.") }
            let nodes = body["line_items"]?.elements.filter { $0.kind == .object } ?? []
            return zip(items, nodes).compactMap { InvoiceLineInput($0, $1) }
        }
        // One amount and a title make one line.
        return amount.map { [InvoiceLineInput(description: title ?? "", price: $0)] }
    }

    private static func discount(_ fields: FieldReader) -> WholeDiscount? {
        let coupon = fields.string("coupon", minimumLength: 1, maximumLength: 50)
        let discount = DiscountInput(fields.object("discount"))
        if coupon != nil, discount != nil {
            fields.refuse("discount", "conflicting", "Give either coupon or discount.")
        }
        return coupon.map { .coupon($0) } ?? discount.map { .plain($0) }
    }

    private static func taxStatus(_ fields: FieldReader) -> TaxStatus? {
        let status = fields.choice("tax_status", TaxStatus.self)
        guard let isExempt = fields.bool("tax_exempt") else { return status }
        if let status, isExempt != (status != .taxable) {
            fields.refuse("tax_exempt", "conflicting", "This contradicts tax_status.")
        }
        return status ?? (isExempt ? .exempt : .taxable)
    }

    /// The lines in a currency.
    ///
    /// - Throws: `InvalidFields` naming each amount that the currency or the rules do not allow.
    func lines(in currency: Currency, at now: Instant) throws(InvalidFields) -> [InvoiceLine] {
        var errors: [FieldError] = []
        var result: [InvoiceLine] = []
        for (index, line) in (lines ?? []).enumerated() {
            do throws(FieldError) {
                result.append(try line.line(in: currency, at: "line_items[\(index)]", now: now))
            } catch {
                errors.append(error)
            }
        }
        guard errors.isEmpty else { throw InvalidFields(errors) }
        return result
    }

    /// Puts what was given in the place of what was.
    func apply(to particulars: inout InvoiceParticulars) {
        particulars.externalID = externalID ?? particulars.externalID
        particulars.poNumber = poNumber ?? particulars.poNumber
        particulars.terms = terms ?? particulars.terms
        particulars.footer = footer ?? particulars.footer
        particulars.metadata = metadata ?? particulars.metadata
        particulars.taxStatus = taxStatus ?? particulars.taxStatus
        if replacesTemplate { particulars.templateID = templateID }
    }
}
