import Postgres
import Primitives

/// Reads and writes customers.
enum CustomerStore {
    static func find(
        _ id: CustomerID, of organizationID: OrganizationID, locked: Bool = false,
        in tx: borrowing Transaction
    ) throws(PostgresError) -> Customer? {
        let rows = try tx.query(
            """
            SELECT \(Customer.columns) FROM customers WHERE id = $1 AND organization_id = $2\(locked ? " FOR UPDATE" : "")
            """, [id, organizationID])
        guard let row = rows.first else { return nil }
        return try Customer(row)
    }

    static func find(_ ids: [CustomerID], in tx: borrowing Transaction) throws -> [CustomerID: Customer] {
        var customers: [CustomerID: Customer] = [:]
        let sql = "SELECT \(Customer.columns) FROM customers WHERE id = ANY ($1)"
        for row in try tx.query(sql, [Array(Set(ids))]) {
            let customer = try Customer(row)
            customers[customer.id] = customer
        }
        return customers
    }

    /// A page of an organization's customers, newest first.
    static func list(_ filter: CustomerFilter, in tx: borrowing Transaction) throws -> [Customer] {
        // With the text that is searched for: many words begin with one letter, few with ten.
        try tx.send("SET LOCAL plan_cache_mode = force_custom_plan")
        return try tx.query(
            """
            SELECT \(Customer.columns) FROM customers
            WHERE organization_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::text IS NULL OR external_id = $3)
                AND ($4::text IS NULL OR id IN (\(found))) AND (archived_at IS NOT NULL) = $7
            ORDER BY id DESC LIMIT $6
            """,
            [
                filter.organizationID, filter.cursor, filter.externalID, filter.search, InvoiceSearch.last,
                filter.limit, filter.isArchived,
            ]
        ).map { row in try Customer(row) }
    }

    /// Counts them, up to a little more than is told.
    static func count(_ filter: CustomerFilter, in tx: borrowing Transaction) throws -> Int {
        try tx.query(
            """
            SELECT count(*) FROM (
                SELECT FROM customers
                WHERE organization_id = $1 AND ($2::text IS NULL OR external_id = $2)
                    AND ($4::text IS NULL OR id IN (\(found))) AND (archived_at IS NOT NULL) = $6
                LIMIT $3
            ) c
            """,
            [
                filter.organizationID, filter.externalID, InvoiceFilter.countMaximum + 1, filter.search,
                InvoiceSearch.last, filter.isArchived,
            ]
        ).scalar(as: Int.self) ?? 0
    }

    /// What some customers are called.
    static func names(of ids: [CustomerID], in tx: borrowing Transaction) throws -> [CustomerID: String] {
        var names: [CustomerID: String] = [:]
        for row in try tx.query("SELECT id, name FROM customers WHERE id = ANY ($1)", [Array(Set(ids))]) {
            names[try row.get(0)] = try row.get(1, as: String.self)
        }
        return names
    }

    /// The customers that have a word beginning like the one searched for.
    private static let found = """
        SELECT customer_id FROM customer_terms
        WHERE organization_id = $1 AND term >= lower($4) AND term < lower($4) || $5
        """

    static func insert(_ customer: Customer, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            INSERT INTO customers (\(Customer.ownColumns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """,
            [
                customer.id, customer.organizationID, customer.accountID, customer.currency, customer.name,
                customer.email, customer.address, customer.language, customer.externalID, customer.metadata,
                customer.personVersion, customer.sequence, customer.createdAt, customer.updatedAt,
                customer.taxStatus, TaxID.json(customer.taxIDs),
            ])
        try CustomerTerms.add(customer, in: tx)
        if customer.details != CustomerDetails() { try customer.details.write(of: customer.id, in: tx) }
    }

    static func update(_ customer: Customer, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            UPDATE customers SET account_id = $2, currency = $3, name = $4, email = $5, address = $6, language = $7,
                external_id = $8, metadata = $9, person_version = $10, sequence = $11, updated_at = $12,
                tax_status = $13, tax_ids = $14
            WHERE id = $1
            """,
            [
                customer.id, customer.accountID, customer.currency, customer.name, customer.email,
                customer.address,
                customer.language, customer.externalID, customer.metadata, customer.personVersion,
                customer.sequence, customer.updatedAt, customer.taxStatus, TaxID.json(customer.taxIDs),
            ])
        try CustomerTerms.remove([customer.id], in: tx)
        try CustomerTerms.add(customer, in: tx)
    }
}

/// Which customers a list shows.
struct CustomerFilter: Sendable {
    let organizationID: OrganizationID
    /// The sender's own id of it.
    let externalID: String?
    /// The beginning of some word of the name, of the e-mail address or of the external id.
    let search: String?
    /// Those who are put away, or all others.
    let isArchived: Bool
    /// The last customer of the page before.
    let cursor: CustomerID?
    let limit: Int
}
