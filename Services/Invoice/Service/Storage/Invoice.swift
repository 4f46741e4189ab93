import InvoiceDomain
import Postgres
import Primitives

/// An invoice as it is stored, without its lines.
struct Invoice: Sendable {
    let id: InvoiceID
    let organizationID: OrganizationID
    var customerID: CustomerID
    var currency: Currency
    let zone: Zone
    var number: String?
    var subscriptionID: SubscriptionID?
    var walletID: WalletID?
    var issueDate: CivilDate?
    var dueDate: CivilDate
    let createdAt: Instant
    var updatedAt: Instant
    var finalizedAt: Instant?
    var emailSentCount: Int
    var emailSentAt: Instant?
    var title: String?
    var description: String?
    /// Of the customer, as it is now.
    var customerTaxStatus: TaxStatus
    /// What is chosen for all invoices of the customer, as it is now.
    var customerTemplateID: TemplateID?
    /// What the template said when the invoice was issued.
    var templateDigest: [UInt8]?
    /// What many invoices do without.
    var particulars: InvoiceParticulars
    var changing: InvoiceChanging

    var state: InvoiceState { changing.standing.state }

    /// Whether this invoice is taxed: a draft as its customer is, unless it says otherwise; an issued one as it was then.
    var taxStatus: TaxStatus {
        particulars.taxStatus ?? (state == .draft ? customerTaxStatus : .taxable)
    }

    /// Where its parts stand; empty when it is paid as a whole.
    var instalments: [InstalmentStanding] {
        let amounts = changing.standing.amounts
        return InstalmentStanding.all(
            of: particulars.instalments, paid: amounts.paid, credited: amounts.credited,
            isOwed: state != .voided)
    }

    /// The last day for what is to be paid next.
    var nextDueDate: CivilDate { instalments.next?.instalment.dueDate ?? dueDate }

    func money(_ minorUnits: Int64) -> Money { Money(minorUnits: minorUnits, currency: currency) }

    /// The columns in the order in which `init(_:)` reads them.
    static let columns = """
        i.id, i.organization_id, i.customer_id, i.currency, i.zone, i.number, i.subscription_id, i.wallet_id, \
        i.issue_date, i.due_date, i.created_at, i.updated_at, i.finalized_at, i.email_sent_count, i.email_sent_at, \
        d.title, d.description, c.tax_status, c.template_id, d.template_digest, \(InvoiceParticulars.columns), \(InvoiceChanging.columns)
        """
    /// The tables that the columns come from.
    static let tables = """
        invoices i JOIN customers c ON c.id = i.customer_id JOIN invoice_documents d ON d.invoice_id = i.id
        """

    init(_ row: Row) throws(PostgresError) {
        id = try row[0]
        organizationID = try row[1]
        customerID = try row[2]
        currency = try row[3]
        zone = try Self.zone(try row[4])
        number = try row[5]
        subscriptionID = try row[6]
        walletID = try row[7]
        issueDate = try row[8]
        dueDate = try row[9]
        createdAt = try row[10]
        updatedAt = try row[11]
        finalizedAt = try row[12]
        emailSentCount = try row[13]
        emailSentAt = try row[14]
        title = try row[15]
        description = try row[16]
        customerTaxStatus = try row[17]
        customerTemplateID = try row[18]
        templateDigest = try row[19]
        particulars = try InvoiceParticulars(row, at: 20)
        changing = try InvoiceChanging(row, at: 20 + InvoiceParticulars.columnCount)
    }

    /// A new draft.
    init(
        id: InvoiceID, organization: Organization, customer: Customer, currency: Currency, dueDate: CivilDate,
        at now: Instant
    ) {
        self.id = id
        organizationID = organization.id
        customerID = customer.id
        self.currency = currency
        zone = organization.zone
        self.dueDate = dueDate
        createdAt = now
        updatedAt = now
        emailSentCount = 0
        customerTaxStatus = customer.taxStatus
        customerTemplateID = customer.details.templateID
        particulars = InvoiceParticulars()
        changing = InvoiceChanging(
            total: 0, isOneTimeLink: organization.payLinkTerms.isOneTime, accountID: customer.accountID)
    }

    static func zone(_ name: String) throws(PostgresError) -> Zone {
        guard let zone = Zone(name) else {
            throw PostgresError(code: .decoding, message: "not a time zone of this machine")
        }
        return zone
    }
}
