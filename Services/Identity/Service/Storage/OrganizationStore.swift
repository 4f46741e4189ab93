import EventContracts
import Postgres
import Primitives

/// An organization as it is stored.
struct StoredOrganization: Sendable, Hashable {
    var facts: OrganizationFacts
    var name: String
    var email: String
    var address: String?
    var taxID: String?
    var accentColor: String?
    /// The domain that was asked for, verified or not.
    var claimedDomain: String?
}

extension StoredOrganization {
    /// What travels as `person.changed`.
    var particulars: [String?] { [name, email, address, accentColor, taxID] }

    /// Reads `OrganizationStore.columns`.
    fileprivate init(_ row: Row) throws(PostgresError) {
        let domain: String? = try row.get(5)
        let facts = OrganizationFacts(
            organizationID: try row.get(0), currency: try StoredValue.currency(try row.get(2)),
            zone: try StoredValue.zone(try row.get(3)), invoicePrefix: try row.get(4),
            domain: try row.get(6) ? domain : nil, payLinkDays: Int(try row.get(10, as: Int32.self)),
            payLinkOneTime: try row.get(11), isTest: try row.get(13) ? true : nil)
        self.init(
            facts: facts, name: try row.get(1), email: try row.get(8), address: try row.get(7),
            taxID: try row.get(12), accentColor: try row.get(9), claimedDomain: domain)
    }
}

/// Rows of organizations.
enum OrganizationStore {
    private static let columns = """
        id, name, currency, zone, invoice_prefix, domain, domain_verified_at IS NOT NULL, address, email,
        accent_color, pay_link_days, pay_link_one_time, tax_id, is_test
        """

    static func insert(
        _ organization: StoredOrganization, sequence: Int64, at now: Instant,
        in transaction: borrowing Transaction
    ) throws(PostgresError) {
        let facts = organization.facts
        try transaction.execute(
            """
            INSERT INTO organizations
                (id, name, currency, zone, invoice_prefix, domain, address, email, accent_color, pay_link_days,
                 pay_link_one_time, tax_id, sequence, created_at, updated_at, is_test)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14, $15)
            """,
            [
                facts.organizationID, organization.name, facts.currency.code, facts.zone.name,
                facts.invoicePrefix,
                organization.claimedDomain, organization.address, organization.email,
                organization.accentColor,
                Int32(facts.payLinkDays), facts.payLinkOneTime, organization.taxID, sequence, now,
                facts.isTest ?? false,
            ])
    }

    /// Stores everything that can change; another domain than before is not verified.
    static func update(
        _ organization: StoredOrganization, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) {
        let facts = organization.facts
        try transaction.execute(
            """
            UPDATE organizations SET name = $2, currency = $3, zone = $4, invoice_prefix = $5,
                domain_verified_at = CASE WHEN domain IS NOT DISTINCT FROM $6 THEN domain_verified_at END,
                domain = $6, address = $7, email = $8, accent_color = $9, pay_link_days = $10,
                pay_link_one_time = $11, tax_id = $12, updated_at = $13
            WHERE id = $1
            """,
            [
                facts.organizationID, organization.name, facts.currency.code, facts.zone.name,
                facts.invoicePrefix, organization.claimedDomain, organization.address, organization.email,
                organization.accentColor, Int32(facts.payLinkDays), facts.payLinkOneTime, organization.taxID,
                now,
            ])
    }

    static func find(_ id: OrganizationID, in transaction: borrowing Transaction) throws(PostgresError)
        -> StoredOrganization?
    {
        let rows = try transaction.query("SELECT \(columns) FROM organizations WHERE id = $1", [id])
        return try rows.first.map { row throws(PostgresError) in try StoredOrganization(row) }
    }

    /// Held until the transaction ends: of two changes the second sees what the first did.
    ///
    /// Logins, which refer to the organization, go on meanwhile.
    static func lock(_ id: OrganizationID, in transaction: borrowing Transaction) throws(PostgresError)
        -> StoredOrganization?
    {
        let rows = try transaction.query(
            "SELECT \(columns) FROM organizations WHERE id = $1 FOR NO KEY UPDATE", [id])
        return try rows.first.map { row throws(PostgresError) in try StoredOrganization(row) }
    }

    /// Organizations in the order of their ids with the number of their last event, locked so that nothing newer is told
    /// before what is made of them.
    static func page(
        after cursor: RawID?, limit: Int, in transaction: borrowing Transaction
    ) throws(PostgresError) -> [(organization: StoredOrganization, sequence: Int64)] {
        let rows = try transaction.query(
            """
            SELECT \(columns), sequence FROM organizations WHERE ($1::uuid IS NULL OR id > $1)
            ORDER BY id LIMIT $2 FOR SHARE
            """, [cursor, limit])
        return try rows.map { row throws(PostgresError) in
            (try StoredOrganization(row), try row.get(14))
        }
    }

    /// Takes the next number of a public event about an organization.
    static func nextSequence(of id: OrganizationID, in transaction: borrowing Transaction)
        throws(PostgresError)
        -> Int64
    {
        let next: Int64? = try transaction.query(
            "UPDATE organizations SET sequence = sequence + 1 WHERE id = $1 RETURNING sequence", [id]
        ).scalar()
        guard let next else { throw PostgresError(code: .decoding, message: "the organization is gone") }
        return next
    }

    static func names(_ ids: [OrganizationID], in transaction: borrowing Transaction) throws(PostgresError)
        -> [OrganizationID: String]
    {
        var names: [OrganizationID: String] = [:]
        for row in try transaction.query("SELECT id, name FROM organizations WHERE id = ANY ($1)", [ids]) {
            names[try row.get(0)] = try row.get(1, as: String.self)
        }
        return names
    }
}
