/// An exact amount: whole minor units of one currency.
///
/// It never passes through a floating-point number.
public struct Money: Hashable, Sendable {
    /// Cents, yen, fils: the currency's smallest unit.
    public let minorUnits: Int64
    /// What they are units of.
    public let currency: Currency

    /// So many minor units.
    public init(minorUnits: Int64, currency: Currency) {
        self.minorUnits = minorUnits
        self.currency = currency
    }

    /// Why a decimal text is no amount of a currency.
    public enum ParseError: Error, Hashable, Sendable {
        /// Not a decimal number.
        case notANumber
        /// More digits behind the point than the currency has.
        case tooPrecise(digits: Int)
        /// Beyond what fits.
        case outOfRange
    }

    /// Reads an exact decimal such as `19.99`, `50` or `5e1`.
    ///
    /// - Throws: `ParseError` for a text that is no number, is finer than the currency's minor unit, or does not fit.
    public init(decimal text: some StringProtocol, currency: Currency) throws(ParseError) {
        guard let decimal = ExactDecimal(text) else { throw .notANumber }
        guard let scaled = decimal.scaled(toDigits: currency.digits) else {
            throw decimal.fractionDigits > currency.digits
                ? .tooPrecise(digits: currency.digits) : .outOfRange
        }
        self.init(minorUnits: scaled, currency: currency)
    }

    /// The exact decimal with all digits of the currency: `19.99`, `50.00`, `7` for JPY.
    public var decimal: String {
        guard currency.digits > 0 else { return String(minorUnits) }
        let (units, rest) = minorUnits.magnitude.quotientAndRemainder(
            dividingBy: UInt64(currency.minorUnitsPerUnit))
        let fraction = String(rest)
        let zeros = String(repeating: "0", count: currency.digits - fraction.count)
        return "\(minorUnits < 0 ? "-" : "")\(units).\(zeros)\(fraction)"
    }

    /// The shortest exact decimal, as JSON numbers are emitted: `19.99`, `50`, `0.5`.
    public var shortestDecimal: String {
        guard currency.digits > 0 else { return decimal }
        var text = decimal
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text
    }
}

extension Money: CustomStringConvertible {
    /// `19.99 USD`.
    public var description: String { "\(decimal) \(currency.code)" }
}
