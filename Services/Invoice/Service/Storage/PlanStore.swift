import InvoiceDomain
import Postgres
import Primitives

/// Reads and writes plans.
enum PlanStore {
    static func find(
        _ id: PlanID, of organizationID: OrganizationID, locked: Bool = false, in tx: borrowing Transaction
    ) throws(PostgresError) -> Plan? {
        let rows = try tx.query(
            """
            SELECT \(Plan.columns) FROM plans
            WHERE id = $1 AND organization_id = $2\(locked ? " FOR NO KEY UPDATE" : "")
            """, [id, organizationID])
        guard let row = rows.first else { return nil }
        return try Plan(row)
    }

    /// A page of an organization's plans, newest first.
    static func list(
        of organizationID: OrganizationID, isActive: Bool?, before cursor: PlanID?, limit: Int,
        in tx: borrowing Transaction
    ) throws -> [Plan] {
        try tx.query(
            """
            SELECT \(Plan.columns) FROM plans
            WHERE organization_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::boolean IS NULL OR is_active = $3)
            ORDER BY id DESC LIMIT $4
            """, [organizationID, cursor, isActive, limit]
        ).map { row in try Plan(row) }
    }

    static func insert(_ plan: Plan, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            "INSERT INTO plans (\(Plan.columns)) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            [
                plan.id, plan.organizationID, plan.name, plan.description, plan.isActive, plan.metadata,
                plan.createdAt, plan.updatedAt,
            ])
    }

    static func update(_ plan: Plan, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            "UPDATE plans SET name = $2, description = $3, is_active = $4, metadata = $5, updated_at = $6 WHERE id = $1",
            [plan.id, plan.name, plan.description, plan.isActive, plan.metadata, plan.updatedAt])
    }

    static func delete(_ id: PlanID, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send("DELETE FROM plans WHERE id = $1", [id])
    }
}

/// Reads and writes prices.
enum PriceStore {
    static func find(
        _ id: PriceID, of organizationID: OrganizationID, locked: Bool = false, in tx: borrowing Transaction
    ) throws(PostgresError) -> Price? {
        let rows = try tx.query(
            """
            SELECT \(Price.columns) FROM prices
            WHERE id = $1 AND organization_id = $2\(locked ? " FOR UPDATE" : "")
            """, [id, organizationID])
        guard let row = rows.first else { return nil }
        return try Price(row)
    }

    /// A page of an organization's prices, newest first.
    static func list(
        of organizationID: OrganizationID, planID: PlanID?, isActive: Bool?, before cursor: PriceID?,
        limit: Int, in tx: borrowing Transaction
    ) throws -> [Price] {
        try tx.query(
            """
            SELECT \(Price.columns) FROM prices
            WHERE organization_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::boolean IS NULL OR is_active = $3)
                AND ($4::uuid IS NULL OR plan_id = $4)
            ORDER BY id DESC LIMIT $5
            """, [organizationID, cursor, isActive, planID, limit]
        ).map { row in try Price(row) }
    }

    static func insert(_ price: Price, in tx: borrowing Transaction) throws(PostgresError) {
        let terms = price.terms
        try tx.send(
            """
            INSERT INTO prices (\(Price.columns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
            """,
            [
                price.id, price.organizationID, price.planID, terms.currency, terms.interval.unit,
                terms.interval.count, terms.scheme.model, terms.scheme.unitPrice?.text,
                terms.scheme.packageSize?.millionths, terms.scheme.tiers?.json, terms.metering?.meter,
                terms.metering?.aggregation, terms.trialDays, terms.taxRates, price.isUsed, price.isActive,
                price.createdAt, price.updatedAt,
            ])
    }

    static func setActive(
        _ id: PriceID, _ isActive: Bool, at now: Instant, in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            "UPDATE prices SET is_active = $2, updated_at = $3 WHERE id = $1", [id, isActive, now])
    }

    static func delete(_ id: PriceID, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send("DELETE FROM prices WHERE id = $1", [id])
    }
}
