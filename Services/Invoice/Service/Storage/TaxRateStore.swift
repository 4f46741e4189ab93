import Postgres
import Primitives

/// Reads and writes rates of tax.
enum TaxRateStore {
    static func find(
        _ id: TaxRateID, of organizationID: OrganizationID, locked: Bool = false, in tx: borrowing Transaction
    ) throws(PostgresError) -> StoredTaxRate? {
        let rows = try tx.query(
            """
            SELECT \(StoredTaxRate.columns) FROM tax_rates
            WHERE id = $1 AND organization_id = $2\(locked ? " FOR UPDATE" : "")
            """, [id, organizationID])
        guard let row = rows.first else { return nil }
        return try StoredTaxRate(row)
    }

    /// The rates that lines name, in any order; those of others are not among them.
    static func find(
        _ ids: [TaxRateID], of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws -> [StoredTaxRate] {
        try tx.query(
            "SELECT \(StoredTaxRate.columns) FROM tax_rates WHERE organization_id = $1 AND id = ANY ($2)",
            [organizationID, ids]
        ).map { row in try StoredTaxRate(row) }
    }

    /// Fixes what rates say, and gives them as they are from then on.
    static func markUsed(_ ids: [TaxRateID], in tx: borrowing Transaction) throws -> [StoredTaxRate] {
        try tx.query(
            """
            UPDATE tax_rates SET is_used = true WHERE id = ANY (ARRAY (
                SELECT id FROM tax_rates WHERE id = ANY ($1) ORDER BY id FOR UPDATE))
            RETURNING \(StoredTaxRate.columns)
            """, [ids]
        ).map { row in try StoredTaxRate(row) }
    }

    /// A page of an organization's rates, newest first.
    static func list(
        of organizationID: OrganizationID, isActive: Bool?, before cursor: TaxRateID?, limit: Int,
        in tx: borrowing Transaction
    ) throws -> [StoredTaxRate] {
        try tx.query(
            """
            SELECT \(StoredTaxRate.columns) FROM tax_rates
            WHERE organization_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::boolean IS NULL OR is_active = $3)
            ORDER BY id DESC LIMIT $4
            """, [organizationID, cursor, isActive, limit]
        ).map { row in try StoredTaxRate(row) }
    }

    static func insert(_ rate: StoredTaxRate, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            INSERT INTO tax_rates (\(StoredTaxRate.columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """,
            [
                rate.id, rate.organizationID, rate.name, rate.percentage, rate.isInclusive, rate.country,
                rate.jurisdiction, rate.isActive, rate.isUsed, rate.createdAt, rate.updatedAt,
            ])
    }

    static func update(_ rate: StoredTaxRate, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            UPDATE tax_rates SET name = $2, parts_per_million = $3, is_inclusive = $4, country = $5, jurisdiction = $6,
                is_active = $7, updated_at = $8
            WHERE id = $1
            """,
            [
                rate.id, rate.name, rate.percentage, rate.isInclusive, rate.country, rate.jurisdiction,
                rate.isActive, rate.updatedAt,
            ])
    }

    static func delete(_ id: TaxRateID, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send("DELETE FROM tax_rates WHERE id = $1", [id])
    }
}
