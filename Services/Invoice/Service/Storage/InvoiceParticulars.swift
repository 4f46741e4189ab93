import InvoiceDomain
import Postgres
import Primitives

/// What many invoices do without: references and words of the sender, discounts, taxes.
struct InvoiceParticulars: Sendable, Hashable {
    /// The coupon of an invoice, as it was called when it was given.
    struct Coupon: Sendable, Hashable {
        let id: CouponID
        let code: String
    }

    var externalID: String?
    var poNumber: String?
    var terms: String?
    var footer: String?
    var metadata: JSONB?
    /// What was chosen for this invoice.
    var templateID: TemplateID?
    /// What the sender said, or what held when the invoice was issued; else the customer's.
    var taxStatus: TaxStatus?
    /// What is taken off the whole invoice, be it by a coupon.
    var discount: Discount?
    var coupon: Coupon?
    /// The series that made it, and the day.
    var occurrence: InvoiceOccurrence?
    /// What the lines add up to; nil where that is the total.
    var subtotal: Int64?
    var discountTotal: Int64 = 0
    var taxTotal: Int64 = 0
    /// With the rates as they were when the invoice was priced.
    var taxes: [TaxTotal] = []

    /// The columns in the order in which `init(_:at:)` reads them.
    static let columns = """
        d.external_id, d.po_number, d.terms, d.footer, d.metadata, d.tax_status, d.discount_parts_per_million, \
        d.discount_amount, d.coupon_id, d.coupon_code, d.subtotal, d.discount_total, d.tax_total, d.taxes, \
        d.recurring_invoice_id, d.occurrence_date, d.template_id
        """
    static let columnCount = 17

    /// Nothing of all this.
    init() {}

    init(_ row: Row, at first: Int) throws(PostgresError) {
        externalID = try row[first]
        poNumber = try row[first + 1]
        terms = try row[first + 2]
        footer = try row[first + 3]
        metadata = try row[first + 4]
        taxStatus = try row[first + 5]
        discount = Discount(percentage: try row[first + 6], amount: try row[first + 7])
        if let id = try row.get(first + 8, as: CouponID?.self),
            let code = try row.get(first + 9, as: String?.self)
        {
            coupon = Coupon(id: id, code: code)
        }
        subtotal = try row[first + 10]
        discountTotal = try row.get(first + 11, as: Int64?.self) ?? 0
        taxTotal = try row.get(first + 12, as: Int64?.self) ?? 0
        taxes = try TaxTotal.all(try row[first + 13])
        occurrence = try InvoiceOccurrence(row, at: first + 14)
        templateID = try row[first + 16]
    }

    /// Takes over what pricing has found.
    mutating func take(_ totals: InvoiceTotals) {
        subtotal = totals.subtotal == totals.total ? nil : totals.subtotal
        discountTotal = totals.discount
        taxTotal = totals.tax
        taxes = totals.taxes
    }

    /// Writes everything, which is only needed where there is something.
    func write(of invoice: Invoice, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            UPDATE invoice_documents SET organization_id = $2, external_id = $3, po_number = $4, terms = $5,
                footer = $6, metadata = $7, tax_status = $8, discount_parts_per_million = $9, discount_amount = $10,
                coupon_id = $11, coupon_code = $12, subtotal = $13, discount_total = $14, tax_total = $15, taxes = $16,
                recurring_invoice_id = $17, occurrence_date = $18, template_id = $19
            WHERE invoice_id = $1
            """,
            [
                invoice.id, invoice.organizationID, externalID, poNumber, terms, footer, metadata, taxStatus,
                discount?.percentage, discount?.fixedAmount, coupon?.id, coupon?.code, subtotal,
                discountTotal,
                taxTotal, TaxTotal.json(taxes), occurrence?.recurringInvoiceID, occurrence?.date,
                templateID,
            ])
    }

    /// The invoice that has an external id.
    static func invoiceID(
        of externalID: String?, of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws(PostgresError) -> InvoiceID? {
        try tx.query(
            "SELECT invoice_id FROM invoice_documents WHERE organization_id = $1 AND external_id = $2",
            [organizationID, externalID]
        ).scalar()
    }
}
