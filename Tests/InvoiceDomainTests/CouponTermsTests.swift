import InvoiceDomain
import Primitives
import Testing

@Suite("Whether an invoice can have a coupon")
struct CouponTermsTests {
    private let now = Instant(seconds: 1_800_000_000)

    private func refusal(_ terms: CouponTerms, subtotal: Int64 = 1_000, all: Int64 = 0, own: Int64 = 0) throws
        -> CouponRefusal?
    {
        let dollar = try #require(Currency(code: "USD"))
        do throws(CouponRefusal) {
            try terms.admit(
                subtotal: subtotal, in: dollar, after: CouponTerms.Redemptions(all: all, ofCustomer: own),
                at: now)
            return nil
        } catch {
            return error
        }
    }

    @Test("each limit refuses at itself and not before")
    func limits() throws {
        let euro = try #require(Currency(code: "EUR"))
        #expect(try refusal(CouponTerms(discount: .fixed(1))) == nil)
        #expect(try refusal(CouponTerms(discount: .fixed(1), isActive: false)) == .archived)
        #expect(try refusal(CouponTerms(discount: .fixed(1), expiresAt: now)) == .expired)
        #expect(
            try refusal(CouponTerms(discount: .fixed(1), expiresAt: now + .milliseconds(1))) == nil)
        #expect(try refusal(CouponTerms(discount: .fixed(1), currency: euro)) == .otherCurrency)
        let atLeast = CouponTerms(discount: .fixed(1), minimumAmount: 1_000)
        #expect(try refusal(atLeast) == nil)
        #expect(try refusal(atLeast, subtotal: 999) == .belowMinimum)
        let twice = CouponTerms(discount: .fixed(1), maximumRedemptions: 2)
        #expect(try refusal(twice, all: 1) == nil)
        #expect(try refusal(twice, all: 2) == .exhausted)
        let once = CouponTerms(discount: .fixed(1), maximumPerCustomer: 1)
        #expect(try refusal(once, all: 9) == nil)
        #expect(try refusal(once, all: 9, own: 1) == .exhaustedByCustomer)
    }
}
