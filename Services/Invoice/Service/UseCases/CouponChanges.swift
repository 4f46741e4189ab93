import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Adds a coupon.
struct CreateCoupon: Sendable {
    let organizationID: OrganizationID
    let code: String
    let discount: DiscountInput
    let input: CouponInput
    let now: Instant

    func run(in tx: borrowing Transaction) throws -> Coupon {
        let terms = CouponTerms(discount: try taken(), currency: input.currency)
        var coupon = Coupon(
            id: CouponID.new(at: now), organizationID: organizationID, code: code, terms: terms, at: now)
        try UpdateCoupon.apply(input.change, to: &coupon)
        try CouponStore.insert(coupon, in: tx)
        return coupon
    }

    private func taken() throws(InvalidFields) -> Discount {
        switch discount {
        case .percent(let percentage): return .percent(percentage)
        case .amount(let decimal):
            guard let currency = input.currency, let amount = decimal.scaled(toDigits: currency.digits),
                (1...InvoiceStanding.maximumAmount).contains(amount)
            else {
                throw InvalidFields(
                    field: "amount", code: "out_of_range",
                    message: "This must be an amount of its currency, above zero.")
            }
            return .fixed(amount)
        }
    }
}

/// Changes for whom and how long a coupon is good.
struct UpdateCoupon: Sendable {
    let id: CouponID
    let organizationID: OrganizationID
    let change: CouponInput.Change
    let now: Instant

    func run(in tx: borrowing Transaction) throws -> Coupon {
        guard var coupon = try CouponStore.find(id, of: organizationID, locked: true, in: tx) else {
            throw Problem.notFound
        }
        try Self.apply(change, to: &coupon)
        coupon.updatedAt = now
        try CouponStore.update(coupon, in: tx)
        return coupon
    }

    static func apply(_ change: CouponInput.Change, to coupon: inout Coupon) throws(InvalidFields) {
        coupon.name = change.name.value(instead: coupon.name)
        coupon.metadata = change.metadata.value(instead: coupon.metadata)
        coupon.terms.isActive = change.isActive ?? coupon.terms.isActive
        coupon.terms.expiresAt = change.expiresAt.value(instead: coupon.terms.expiresAt)
        coupon.terms.maximumRedemptions = change.maximumRedemptions.value(
            instead: coupon.terms.maximumRedemptions)
        coupon.terms.maximumPerCustomer = change.maximumPerCustomer.value(
            instead: coupon.terms.maximumPerCustomer)
        guard case .given(let minimum) = change.minimumAmount else { return }
        guard let minimum else {
            coupon.terms.minimumAmount = nil
            return
        }
        guard let currency = coupon.terms.currency, let amount = minimum.scaled(toDigits: currency.digits),
            (0...InvoiceStanding.maximumAmount).contains(amount)
        else {
            throw InvalidFields(
                field: "minimum_amount", code: "out_of_range",
                message: "This must be an amount of the coupon's currency, zero or more.")
        }
        coupon.terms.minimumAmount = amount
    }
}

/// Removes a coupon that no invoice has.
struct DeleteCoupon: Sendable {
    let id: CouponID
    let organizationID: OrganizationID

    func run(in tx: borrowing Transaction) throws {
        guard try CouponStore.find(id, of: organizationID, locked: true, in: tx) != nil else {
            throw Problem.notFound
        }
        // Invoices refer to it: then the database refuses, and the client is told so.
        try CouponStore.delete(id, in: tx)
    }
}
