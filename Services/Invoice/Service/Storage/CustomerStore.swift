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

    /// A page of an organization's customers, newest first.
    static func list(
        of organizationID: OrganizationID, before cursor: CustomerID?, limit: Int,
        in tx: borrowing Transaction
    ) throws -> [Customer] {
        try tx.query(
            """
            SELECT \(Customer.columns) FROM customers
            WHERE organization_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3
            """, [organizationID, cursor, limit]
        ).map { row in try Customer(row) }
    }

    static func insert(_ customer: Customer, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            INSERT INTO customers (\(Customer.columns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """,
            [
                customer.id, customer.organizationID, customer.accountID, customer.currency, customer.name,
                customer.email, customer.address, customer.language, customer.externalID, customer.metadata,
                customer.personVersion, customer.sequence, customer.createdAt, customer.updatedAt,
                customer.taxStatus, TaxID.json(customer.taxIDs),
            ])
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
    }
}
