public import Primitives

/// A share of something in percent, from nothing to all of it, exact to a ten-thousandth of a percent: `8.875`.
public struct Percentage: Sendable, Hashable {
    /// The share in millionths: 88 750 for `8.875`.
    public let partsPerMillion: Int64

    /// Millionths in the whole.
    static let whole: Int64 = 1_000_000
    private static let digits = 4

    /// A share in millionths; nil below nothing and above all.
    public init?(partsPerMillion: Int64) {
        guard (0...Self.whole).contains(partsPerMillion) else { return nil }
        self.partsPerMillion = partsPerMillion
    }

    /// A share in percent; nil when it is out of bounds or finer than a ten-thousandth.
    public init?(_ percent: ExactDecimal) {
        guard let parts = percent.scaled(toDigits: Self.digits) else { return nil }
        self.init(partsPerMillion: parts)
    }

    /// In percent.
    public var percent: ExactDecimal {
        ExactDecimal(coefficient: partsPerMillion, fractionDigits: Self.digits)
    }

    /// The share of an amount, rounded half up.
    func share(of amount: Int64) -> Int64? {
        HalfUp.quotient(Int128(amount) * Int128(partsPerMillion), Int128(Self.whole))
    }
}
