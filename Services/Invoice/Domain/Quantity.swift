public import Primitives

/// How much of something is sold or was used, exact to a millionth.
public struct Quantity: Hashable, Sendable {
    /// Millionths of one.
    public let millionths: Int64

    /// Nothing.
    public static let zero = Quantity(millionths: 0)
    /// The largest: a million millions.
    public static let maximum = Quantity(millionths: 1_000_000_000_000_000_000)
    private static let digits = 6
    static let millionthsPerOne: Int64 = 1_000_000

    /// So many millionths.
    public init(millionths: Int64) { self.millionths = millionths }

    /// A whole number.
    public init(_ whole: Int64) { self.init(millionths: whole * Self.millionthsPerOne) }

    /// A decimal from zero to the largest; nil when it is finer than a millionth or out of bounds.
    public init?(_ decimal: ExactDecimal) {
        guard let millionths = decimal.scaled(toDigits: Self.digits),
            (0...Self.maximum.millionths).contains(millionths)
        else { return nil }
        self.init(millionths: millionths)
    }

    /// As people write it.
    public var decimal: ExactDecimal {
        ExactDecimal(coefficient: millionths, fractionDigits: Self.digits)
    }
}

extension Quantity: Comparable {
    /// Orders by size.
    public static func < (left: Quantity, right: Quantity) -> Bool { left.millionths < right.millionths }
}

extension ExactDecimal {
    /// Both multiplied and rounded half up to a whole number; nil when it does not fit.
    public func product(with other: ExactDecimal) -> Int64? { HalfUp.product(self, other) }
}
