import InvoiceDomain
import Primitives
import Testing

@Suite("Prices of plans") struct PricingSchemeTests {
    private static func decimal(_ text: String) throws -> ExactDecimal { try #require(ExactDecimal(text)) }

    private static func tiers() throws -> PriceTiers {
        try #require(
            PriceTiers([
                PriceTier(upTo: Quantity(10), unitPrice: try decimal("500")),
                PriceTier(upTo: Quantity(20), unitPrice: try decimal("400"), fee: 1_000),
                PriceTier(upTo: nil, unitPrice: try decimal("0.35")),
            ]))
    }

    @Test(
        "graduated tiers price each part where it falls, and their bounds belong to the lower one",
        arguments: [
            ("0", 0), ("1", 500), ("10", 5_000), ("10.000001", 6_000), ("11", 6_400), ("20", 10_000),
            ("21", 10_000), ("22", 10_001), ("120", 10_035),
        ] as [(String, Int64)])
    func graduated(quantity: String, amount: Int64) throws {
        let quantity = try #require(Quantity(try Self.decimal(quantity)))
        #expect(try PricingScheme.graduated(Self.tiers()).amount(for: quantity) == amount)
    }

    @Test(
        "a volume price is that of the tier which the whole quantity reaches",
        arguments: [
            ("0", 0), ("10", 5_000), ("10.5", 5_200), ("20", 9_000), ("20.000001", 7), ("1000", 350),
        ] as [(String, Int64)])
    func volume(quantity: String, amount: Int64) throws {
        let quantity = try #require(Quantity(try Self.decimal(quantity)))
        #expect(try PricingScheme.volume(Self.tiers()).amount(for: quantity) == amount)
    }

    @Test("a package that was begun is paid whole")
    func packages() throws {
        let scheme = PricingScheme.package(size: Quantity(1_000), price: try Self.decimal("250"))
        for (quantity, amount) in [
            ("0", 0), ("0.1", 250), ("1000", 250), ("1000.000001", 500), ("2000", 500),
        ] {
            let quantity = try #require(Quantity(try Self.decimal(quantity)))
            #expect(try scheme.amount(for: quantity) == Int64(amount))
        }
    }

    @Test("prices finer than a minor unit are rounded once, for the whole quantity")
    func fine() throws {
        let scheme = PricingScheme.perUnit(try Self.decimal("0.35"))
        #expect(try scheme.amount(for: Quantity(1)) == 0)
        #expect(try scheme.amount(for: Quantity(10)) == 4)
        #expect(try scheme.amount(for: Quantity(1_000_000)) == 350_000)
        #expect(try PricingScheme.flat(try Self.decimal("990")).amount(for: Quantity(7)) == 990)
    }

    @Test("lines say which tier they are of")
    func parts() throws {
        let parts = try PricingScheme.graduated(Self.tiers()).parts(for: Quantity(25))
        #expect(parts.map(\.tier) == [1, 2, 2, 3])
        #expect(parts.map(\.isTierFee) == [false, false, true, false])
        #expect(parts.map(\.quantity.text) == ["10", "10", "1", "5"])
        #expect(parts.map(\.total) == [5_000, 4_000, 1_000, 2])
    }

    @Test("tiers rise and the last one has no end")
    func badTiers() throws {
        let one = try Self.decimal("1")
        let (low, high) = (
            PriceTier(upTo: Quantity(1), unitPrice: one), PriceTier(upTo: Quantity(2), unitPrice: one)
        )
        let last = PriceTier(upTo: nil, unitPrice: one)
        #expect(PriceTiers([]) == nil)
        #expect(PriceTiers([low]) == nil)
        #expect(PriceTiers([last, last]) == nil)
        #expect(PriceTiers([high, low, last]) == nil)
        #expect(PriceTiers([low, low, last]) == nil)
        #expect(PriceTiers([PriceTier(upTo: .zero, unitPrice: one), last]) == nil)
        #expect(PriceTiers(Array(repeating: last, count: 21)) == nil)
        #expect(PriceTiers([low, high, last]) != nil)
    }

    @Test("what would be too large is refused, not cut")
    func tooLarge() throws {
        let scheme = PricingScheme.perUnit(try Self.decimal("1000000000000"))
        #expect(throws: InvoiceRuleViolation.amountTooLarge) { try scheme.amount(for: .maximum) }
        #expect(Quantity(try Self.decimal("0.0000001")) == nil)
        #expect(Quantity(try Self.decimal("-1")) == nil)
        #expect(Quantity(try Self.decimal("1000000000000.1")) == nil)
    }
}
