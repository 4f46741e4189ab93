import Documents
import InvoiceDomain
import PDF
import Postgres
import Primitives

/// All that stands on an invoice's paper, read in one snapshot.
struct InvoicePaper: Sendable {
    /// Money that came in.
    struct Income: Sendable {
        let amount: Int64
        let method: String
        let succeededAt: Instant
    }

    let invoice: Invoice
    let lines: [InvoiceLine]
    let customer: Customer
    /// Nil as long as identity has not told of it.
    let sender: Sender?
    /// The sender's own domain, where its links lead.
    let domain: String?
    /// What the template says: that of the issue, or for a draft the one that it would have now.
    let template: TemplateContent?
    /// Oldest first.
    let income: [Income]

    /// More payments than this are not listed one by one.
    private static let maximumIncome = 200

    init?(of invoice: Invoice, in tx: borrowing Transaction) throws {
        guard let customer = try CustomerStore.find(invoice.customerID, of: invoice.organizationID, in: tx)
        else { return nil }
        self.invoice = invoice
        self.customer = customer
        lines = try InvoiceLineStore.lines(of: invoice.id, in: tx)
        sender = try Sender.find(invoice.organizationID, in: tx)
        let organization = try Organization.find(invoice.organizationID, in: tx)
        domain = organization?.domain
        template = try Self.template(of: invoice, organization, in: tx)
        income = try tx.query(
            """
            SELECT amount, method, succeeded_at FROM receipts WHERE invoice_id = $1
            ORDER BY succeeded_at, payment_id LIMIT $2
            """, [invoice.id, Self.maximumIncome]
        ).map { row in Income(amount: try row[0], method: try row[1], succeededAt: try row[2]) }
    }

    /// The document of a kind.
    ///
    /// - Throws: `InvoiceRuleViolation.nothingReceived` for a receipt of nothing.
    func document(
        _ kind: InvoiceDocument.Kind, links: PayLinks, at now: Instant
    ) throws(InvoiceRuleViolation) -> InvoiceDocument {
        if kind == .receipt, invoice.changing.standing.amounts.paid == 0 { throw .nothingReceived }
        var document = bare(kind, lines: lines.map(line), totals: totals, madeAt: moment(kind))
        document.mark = mark
        document.number = invoice.number
        document.aboutNumber = kind == .invoice ? nil : invoice.number
        document.issueDate = invoice.issueDate
        document.dueDate = invoice.dueDate
        document.title = invoice.title
        document.details = invoice.description
        document.purchaseOrder = invoice.particulars.poNumber
        document.branding.footer = invoice.particulars.footer
        let notes = [invoice.particulars.terms ?? template?.terms, invoice.taxStatus.note].compactMap { $0 }
        document.notes = notes.isEmpty ? nil : notes.joined(separator: "\n\n")
        document.payments = income.map { income in
            InvoiceDocument.Payment(
                date: invoice.zone.date(at: income.succeededAt), method: income.method, amount: income.amount)
        }
        if kind == .invoice { document.payLink = payLink(links, at: now) }
        template?.dress(&document)
        return document
    }

    /// A document with both sides and the sender's brand.
    func bare(
        _ kind: InvoiceDocument.Kind, lines: [InvoiceDocument.Line], totals: InvoiceDocument.Totals,
        madeAt: Instant
    ) -> InvoiceDocument {
        var document = InvoiceDocument(
            kind: kind, language: customer.language ?? sender?.language ?? "en", sender: Self.party(sender),
            customer: InvoiceDocument.Party(
                name: customer.name, address: customer.address, email: customer.email,
                taxID: customer.taxIDs.first?.value),
            currency: invoice.currency, lines: lines, totals: totals, madeAt: madeAt)
        Self.brand(&document, of: sender)
        return document
    }

    private static func template(
        of invoice: Invoice, _ organization: Organization?, in tx: borrowing Transaction
    ) throws -> TemplateContent? {
        if let digest = invoice.templateDigest {
            return try TemplateStore.content(digest, of: invoice.organizationID, in: tx)
        }
        guard invoice.state == .draft else { return nil }
        let candidates = [
            invoice.particulars.templateID, invoice.customerTemplateID, organization?.defaultTemplateID,
        ]
        return try TemplateStore.content(
            of: candidates.compactMap(\.self), of: invoice.organizationID, in: tx)
    }

    /// Who writes, as identity tells it.
    static func party(_ sender: Sender?) -> InvoiceDocument.Party {
        InvoiceDocument.Party(
            name: sender?.name ?? "", address: sender?.address, email: sender?.email, taxID: sender?.taxID)
    }

    /// The sender's colour and logo.
    static func brand(_ document: inout InvoiceDocument, of sender: Sender?) {
        document.branding.accent = sender?.accentColor.flatMap { PDFColor(hex: $0) }
        document.branding.logo = sender?.logo.flatMap { PDFImage($0) }
    }

    private func line(_ line: InvoiceLine) -> InvoiceDocument.Line {
        let rates = invoice.particulars.taxes.map(\.rate).filter { line.taxRates.contains($0.id) }
        var shown = InvoiceDocument.Line(
            text: line.description, quantity: line.quantity, unitAmount: line.unitAmount,
            discount: line.amounts.discount == 0 ? nil : line.amounts.discount,
            taxRates: invoice.particulars.taxes.isEmpty ? nil : rates.map(\.percentage.percent),
            total: line.total)
        if line.hasFinePrice {
            shown.finePrice = ExactDecimal(
                coefficient: line.unitPrice.coefficient,
                fractionDigits: line.unitPrice.fractionDigits + invoice.currency.digits)
        }
        return shown
    }

    private var totals: InvoiceDocument.Totals {
        let standing = invoice.changing.standing
        var totals = InvoiceDocument.Totals(total: standing.amounts.total, open: standing.amountDue)
        let particulars = invoice.particulars
        totals.subtotal = particulars.subtotal
        totals.discount = particulars.discountTotal == 0 ? nil : particulars.discountTotal
        totals.taxes = particulars.taxes.map { tax in
            InvoiceDocument.TaxSum(
                name: tax.rate.name, rate: tax.rate.percentage.percent, net: tax.net, tax: tax.tax,
                isIncluded: tax.rate.isInclusive)
        }
        totals.credited = standing.amounts.credited
        totals.received = standing.amounts.paid
        totals.refunded = standing.amounts.refunded
        return totals
    }

    private var mark: InvoiceDocument.Mark? {
        switch invoice.state {
        case .draft: .draft
        case .voided: .void
        case .finalized, .paid, .uncollectible: nil
        }
    }

    /// When the document became what it is: fixed, so that the same content is the same file.
    private func moment(_ kind: InvoiceDocument.Kind) -> Instant {
        let issued = invoice.finalizedAt ?? invoice.updatedAt
        return kind == .receipt ? income.last?.succeededAt ?? issued : issued
    }

    /// Where it is paid, as long as something is open and the link lives.
    private func payLink(_ links: PayLinks, at now: Instant) -> String? {
        guard let number = invoice.number, invoice.changing.standing.amountDue > 0,
            let expiresAt = invoice.changing.payLink.expiresAt, expiresAt > now
        else { return nil }
        return links.address(
            number: number, invoiceID: invoice.id, generation: invoice.changing.payLink.generation,
            domain: domain)
    }
}
