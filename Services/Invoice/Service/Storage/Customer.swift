import InvoiceDomain
import Postgres
import Primitives

/// Whom a sender bills.
struct Customer: Sendable {
    let id: CustomerID
    let organizationID: OrganizationID
    var accountID: AccountID?
    var currency: Currency?
    var name: String
    var email: String?
    var address: String?
    var language: String?
    var externalID: String?
    var metadata: JSONB?
    var taxStatus: TaxStatus
    /// In the order in which documents show them.
    var taxIDs: [TaxID]
    /// Rises with each change of name, address or language.
    var personVersion: Int64
    /// Of the last public event.
    var sequence: Int64
    let createdAt: Instant
    var updatedAt: Instant
    var details: CustomerDetails

    static let columns = "\(ownColumns), \(CustomerDetails.columns)"
    /// Those that every customer has.
    static let ownColumns = """
        id, organization_id, account_id, currency, name, email, address, language, external_id, metadata, \
        person_version, sequence, created_at, updated_at, tax_status, tax_ids
        """

    init(_ row: Row) throws(PostgresError) {
        id = try row[0]
        organizationID = try row[1]
        accountID = try row[2]
        currency = try row[3]
        name = try row[4]
        email = try row[5]
        address = try row[6]
        language = try row[7]
        externalID = try row[8]
        metadata = try row[9]
        personVersion = try row[10]
        sequence = try row[11]
        createdAt = try row[12]
        updatedAt = try row[13]
        taxStatus = try row[14]
        taxIDs = try TaxID.all(try row[15])
        details = try CustomerDetails(row, at: 16)
    }

    /// A new customer, not stored yet.
    init(id: CustomerID, organizationID: OrganizationID, name: String, at now: Instant) {
        self.id = id
        self.organizationID = organizationID
        self.name = name
        taxStatus = .taxable
        taxIDs = []
        personVersion = 1
        sequence = 1
        createdAt = now
        updatedAt = now
        details = CustomerDetails()
    }
}
