import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Puts on a draft what the sender says is taken off, or takes it away.
struct ChooseDiscount: Sendable {
    let input: InvoiceInput
    let now: Instant

    /// Reads the coupon and sets the discount.
    ///
    /// - Returns: The coupon, which is to be admitted when the invoice is priced.
    func run(_ invoice: inout Invoice, in tx: borrowing Transaction) throws -> Coupon? {
        guard input.replacesDiscount else { return nil }
        invoice.particulars.coupon = nil
        switch input.discount {
        case nil:
            invoice.particulars.discount = nil
            return nil
        case .plain(let discount):
            do throws(FieldError) {
                invoice.particulars.discount = try discount.discount(in: invoice.currency, at: "discount")
            } catch {
                throw InvalidFields([error])
            }
            return nil
        case .coupon(let text):
            let found =
                try CouponID(text).flatMap { try CouponStore.find($0, of: invoice.organizationID, in: tx) }
                ?? CouponStore.find(code: text, of: invoice.organizationID, in: tx)
            guard let coupon = found else {
                throw InvalidFields(
                    field: "coupon", code: "unknown_value", message: "There is no such coupon.")
            }
            invoice.particulars.coupon = InvoiceParticulars.Coupon(id: coupon.id, code: coupon.code)
            invoice.particulars.discount = coupon.terms.discount
            return coupon
        }
    }

    /// Refuses a coupon that the priced invoice cannot have, as far as that is known before it is issued.
    func admit(_ coupon: Coupon?, to invoice: Invoice, in tx: borrowing Transaction) throws {
        guard let coupon else { return }
        do {
            try coupon.admit(invoice, at: now, in: tx)
        } catch let refusal as CouponRefusal {
            throw InvalidFields(field: "coupon", code: refusal.rawValue, message: refusal.sentence)
        }
    }
}
