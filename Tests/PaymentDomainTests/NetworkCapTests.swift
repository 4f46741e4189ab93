import PaymentDomain
import Primitives
import Testing

@Suite("A card is tried no more often than its network allows")
struct NetworkCapTests {
    private static let now = Instant(seconds: 1_800_000_000)
    private static let day = Duration.seconds(86_400)

    private static func decide(
        _ brand: String, _ refusals: [Instant], underWay: Int = 0, at moment: Instant = now
    ) -> CardAllowance {
        CardAllowance.decide(
            NetworkCap.caps(ofBrand: brand), refusals: refusals, underWay: underWay, now: moment)
    }

    @Test(
        "what is refused and what is under way count together",
        arguments: [
            ("visa", 0, 0, CardAllowance.tries(15)), ("visa", 14, 0, .tries(1)), ("visa", 0, 15, .waits),
            ("visa", 10, 4, .tries(1)), ("visa", 14, 1, .waits),
            ("visa", 15, 0, .notBefore(now + day * 29)), ("visa", 15, 3, .notBefore(now + day * 29)),
            ("mastercard", 9, 0, .tries(10)), ("mastercard", 34, 0, .tries(1)),
            ("mastercard", 35, 0, .notBefore(now + day * 29)),
            ("amex", 14, 0, .tries(1)), ("", 15, 0, .notBefore(now + day * 29)),
        ])
    func counts(brand: String, refusals: Int, underWay: Int, expected: CardAllowance) {
        // A day old, so that they are no longer among those of the last 24 hours.
        let times = Array(repeating: Self.now - Self.day, count: refusals)
        #expect(Self.decide(brand, times, underWay: underWay) == expected)
    }

    @Test("ten refusals within a day keep a card of such a network back until the first of them is a day old")
    func perDay() {
        let times = (0..<10).map { Self.now - .seconds(3_600 * ($0 + 1)) }
        #expect(Self.decide("mastercard", times) == .notBefore(Self.now + .seconds(14 * 3_600)))
        #expect(Self.decide("visa", times) == .tries(5))
        #expect(Self.decide("mastercard", Array(times.dropLast())) == .tries(1))
    }

    @Test(
        "whatever was refused when: as many as allowed fit, one more does not, and a put off one fits then and not before",
        arguments: ["visa", "mastercard", "amex"], 0..<40 as Range<UInt64>)
    func fits(brand: String, seed: UInt64) {
        var random = (seed + 7) &* 0x9E37_79B9_7F4A_7C15 | 1
        func next(_ count: UInt64) -> Int {
            random ^= random << 13
            random ^= random >> 7
            random ^= random << 17
            return Int(random % count)
        }
        func fits(_ refusals: [Instant], _ tries: Int, at moment: Instant) -> Bool {
            NetworkCap.caps(ofBrand: brand).allSatisfy { cap in
                refusals.count { moment - $0 < cap.window } + tries <= cap.refusals
            }
        }
        let span = UInt64(next(2) == 0 ? 2 : 40) * 86_400
        let refusals = (0..<next(50)).map { _ in Self.now - .seconds(next(span)) }
        switch Self.decide(brand, refusals) {
        case .tries(let tries):
            #expect(tries > 0)
            #expect(fits(refusals, tries, at: Self.now) && !fits(refusals, tries + 1, at: Self.now))
        case .notBefore(let moment):
            #expect(moment > Self.now)
            #expect(fits(refusals, 1, at: moment) && !fits(refusals, 1, at: moment - .milliseconds(1)))
        case .waits: Issue.record("nothing is under way")
        }
    }

    @Test(
        "only some refusals forbid a card for good",
        arguments: [
            ("lost_card", true), ("stolen_card", true), ("pickup_card", true), ("invalid_account", true),
            ("revocation_of_all_authorizations", true), ("expired_card", false), ("incorrect_cvc", false),
            ("stop_payment_order", false), ("do_not_honor", false), ("insufficient_funds", false),
            ("a new word", false),
        ])
    func forbids(code: String, forbids: Bool) {
        let decline = Decline(gatewayCode: code)
        #expect(decline.forbidsCard == forbids)
        #expect(!forbids || !decline.isRetriable)
    }
}
