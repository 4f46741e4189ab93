import InvoiceDomain
import Postgres
import Primitives

/// A rate of tax as a sender keeps it.
struct StoredTaxRate: Sendable {
    let id: TaxRateID
    let organizationID: OrganizationID
    var name: String
    var percentage: Percentage
    var isInclusive: Bool
    var country: String?
    var jurisdiction: String?
    /// Whether new lines can have it.
    var isActive: Bool
    /// Whether a line has named it: what it says is fixed from then on.
    var isUsed: Bool
    let createdAt: Instant
    var updatedAt: Instant

    static let columns = """
        id, organization_id, name, parts_per_million, is_inclusive, country, jurisdiction, is_active, is_used, \
        created_at, updated_at
        """

    init(_ row: Row) throws(PostgresError) {
        id = try row[0]
        organizationID = try row[1]
        name = try row[2]
        percentage = try row[3]
        isInclusive = try row[4]
        country = try row[5]
        jurisdiction = try row[6]
        isActive = try row[7]
        isUsed = try row[8]
        createdAt = try row[9]
        updatedAt = try row[10]
    }

    /// A new rate, not stored yet.
    init(
        id: TaxRateID, organizationID: OrganizationID, name: String, percentage: Percentage, at now: Instant
    ) {
        self.id = id
        self.organizationID = organizationID
        self.name = name
        self.percentage = percentage
        isInclusive = false
        isActive = true
        isUsed = false
        createdAt = now
        updatedAt = now
    }

    /// As invoices are priced with it.
    var rate: TaxRate {
        TaxRate(
            id: id, name: name, percentage: percentage, isInclusive: isInclusive, country: country,
            jurisdiction: jurisdiction)
    }
}
