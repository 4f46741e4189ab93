import Primitives

/// The one way in which amounts are rounded: to the nearest minor unit, a half away from zero.
///
/// So what is given back is rounded as what was asked for.
enum HalfUp {
    /// Numerators stay below this, so that nothing here can overflow.
    private static let limit: Int128 = powerOfTen(37)

    static func quotient(_ numerator: Int128, _ divisor: Int128) -> Int64? {
        guard divisor > 0, numerator.magnitude < limit.magnitude else { return nil }
        let (quotient, remainder) = numerator.magnitude.quotientAndRemainder(dividingBy: divisor.magnitude)
        // Compared this way around because twice the remainder may not fit.
        let isHalf = remainder >= divisor.magnitude - remainder
        let rounded = isHalf ? quotient + 1 : quotient
        guard rounded <= UInt128(Int64.max) else { return nil }
        return numerator < 0 ? -Int64(rounded) : Int64(rounded)
    }

    /// Two exact decimals multiplied and rounded to a whole number; nil when one is finer than `maximumDigits` or the
    /// product does not fit.
    static func product(_ first: ExactDecimal, _ second: ExactDecimal) -> Int64? {
        guard first.fractionDigits <= maximumDigits, second.fractionDigits <= maximumDigits else {
            return nil
        }
        return quotient(
            Int128(first.coefficient) * Int128(second.coefficient),
            powerOfTen(first.fractionDigits + second.fractionDigits))
    }

    /// Quantities and prices have at most so many digits behind the point.
    static let maximumDigits = 18

    private static func powerOfTen(_ exponent: Int) -> Int128 {
        (0..<exponent).reduce(1) { power, _ in power * 10 }
    }
}
