import InvoiceDomain
import Postgres
import Primitives

/// A coupon as a sender keeps it.
struct Coupon: Sendable {
    let id: CouponID
    let organizationID: OrganizationID
    /// What people type, in either case.
    let code: String
    var name: String?
    var terms: CouponTerms
    /// How many invoices have it, leaving out what was given back.
    let redemptions: Int64
    var metadata: JSONB?
    let createdAt: Instant
    var updatedAt: Instant

    static let columns = """
        id, organization_id, code, name, parts_per_million, amount, currency, minimum_amount, expires_at, \
        maximum_redemptions, maximum_per_customer, redemptions, is_active, metadata, created_at, updated_at
        """

    init(_ row: Row) throws(PostgresError) {
        id = try row[0]
        organizationID = try row[1]
        code = try row[2]
        name = try row[3]
        guard let discount = Discount(percentage: try row[4], amount: try row[5]) else {
            throw PostgresError(code: .decoding, message: "a coupon takes a share or an amount")
        }
        terms = CouponTerms(
            discount: discount, currency: try row[6], minimumAmount: try row[7], expiresAt: try row[8],
            maximumRedemptions: try row[9], maximumPerCustomer: try row[10], isActive: try row[12])
        redemptions = try row[11]
        metadata = try row[13]
        createdAt = try row[14]
        updatedAt = try row[15]
    }

    /// A new coupon, not stored yet.
    init(id: CouponID, organizationID: OrganizationID, code: String, terms: CouponTerms, at now: Instant) {
        self.id = id
        self.organizationID = organizationID
        self.code = code
        self.terms = terms
        redemptions = 0
        createdAt = now
        updatedAt = now
    }

    /// Whether an invoice can have it now.
    ///
    /// - Throws: `CouponRefusal`, what the statement failed with.
    func admit(_ invoice: Invoice, at now: Instant, in tx: borrowing Transaction) throws {
        let amounts = invoice.changing.standing.amounts
        let ofCustomer =
            terms.maximumPerCustomer == nil
            ? 0 : try CouponStore.redemptions(of: id, by: invoice.customerID, in: tx)
        try terms.admit(
            subtotal: invoice.particulars.subtotal ?? amounts.total, in: invoice.currency,
            after: CouponTerms.Redemptions(all: redemptions, ofCustomer: ofCustomer), at: now)
    }
}
