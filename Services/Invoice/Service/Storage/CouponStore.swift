import InvoiceDomain
import Postgres
import Primitives

/// Reads and writes coupons, and counts who has them.
enum CouponStore {
    static func find(
        _ id: CouponID, of organizationID: OrganizationID, locked: Bool = false, in tx: borrowing Transaction
    ) throws(PostgresError) -> Coupon? {
        let rows = try tx.query(
            """
            SELECT \(Coupon.columns) FROM coupons
            WHERE id = $1 AND organization_id = $2\(locked ? " FOR NO KEY UPDATE" : "")
            """, [id, organizationID])
        guard let row = rows.first else { return nil }
        return try Coupon(row)
    }

    /// Finds by what people type.
    static func find(
        code: String, of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws(PostgresError) -> Coupon? {
        let rows = try tx.query(
            "SELECT \(Coupon.columns) FROM coupons WHERE organization_id = $1 AND upper(code) = upper($2)",
            [organizationID, code])
        guard let row = rows.first else { return nil }
        return try Coupon(row)
    }

    /// A page of an organization's coupons, newest first.
    static func list(
        of organizationID: OrganizationID, isActive: Bool?, before cursor: CouponID?, limit: Int,
        in tx: borrowing Transaction
    ) throws -> [Coupon] {
        try tx.query(
            """
            SELECT \(Coupon.columns) FROM coupons
            WHERE organization_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::boolean IS NULL OR is_active = $3)
            ORDER BY id DESC LIMIT $4
            """, [organizationID, cursor, isActive, limit]
        ).map { row in try Coupon(row) }
    }

    static func insert(_ coupon: Coupon, in tx: borrowing Transaction) throws(PostgresError) {
        let terms = coupon.terms
        try tx.send(
            """
            INSERT INTO coupons (\(Coupon.columns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """,
            [
                coupon.id, coupon.organizationID, coupon.code, coupon.name, terms.discount.percentage,
                terms.discount.fixedAmount, terms.currency, terms.minimumAmount, terms.expiresAt,
                terms.maximumRedemptions, terms.maximumPerCustomer, coupon.redemptions, terms.isActive,
                coupon.metadata, coupon.createdAt, coupon.updatedAt,
            ])
    }

    /// Writes what can change.
    static func update(_ coupon: Coupon, in tx: borrowing Transaction) throws(PostgresError) {
        let terms = coupon.terms
        try tx.send(
            """
            UPDATE coupons SET name = $2, minimum_amount = $3, expires_at = $4, maximum_redemptions = $5,
                maximum_per_customer = $6, is_active = $7, metadata = $8, updated_at = $9
            WHERE id = $1
            """,
            [
                coupon.id, coupon.name, terms.minimumAmount, terms.expiresAt, terms.maximumRedemptions,
                terms.maximumPerCustomer, terms.isActive, coupon.metadata, coupon.updatedAt,
            ])
    }

    static func delete(_ id: CouponID, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send("DELETE FROM coupons WHERE id = $1", [id])
    }

    /// How many invoices of a customer have it.
    static func redemptions(
        of id: CouponID, by customerID: CustomerID, in tx: borrowing Transaction
    ) throws(PostgresError) -> Int64 {
        try tx.query(
            """
            SELECT count(*) FROM coupon_redemptions
            WHERE coupon_id = $1 AND customer_id = $2 AND returned_at IS NULL
            """, [id, customerID]
        ).scalar() ?? 0
    }

    /// Counts an invoice that has it, once.
    static func redeem(
        _ id: CouponID, for invoice: Invoice, at now: Instant, in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            """
            WITH redeemed AS (
                INSERT INTO coupon_redemptions (invoice_id, coupon_id, organization_id, customer_id, amount, redeemed_at)
                VALUES ($1, $2, $3, $4, $5, $6) RETURNING coupon_id)
            UPDATE coupons SET redemptions = redemptions + 1 WHERE id IN (SELECT coupon_id FROM redeemed)
            """,
            [
                invoice.id, id, invoice.organizationID, invoice.customerID,
                invoice.particulars.discountTotal, now,
            ])
    }

    /// Gives back what a voided invoice had, once.
    static func giveBack(
        of invoiceID: InvoiceID, at now: Instant, in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            """
            WITH returned AS (
                UPDATE coupon_redemptions SET returned_at = $2 WHERE invoice_id = $1 AND returned_at IS NULL
                RETURNING coupon_id)
            UPDATE coupons SET redemptions = redemptions - 1 WHERE id IN (SELECT coupon_id FROM returned)
            """, [invoiceID, now])
    }
}
