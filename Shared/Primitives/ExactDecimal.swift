/// A decimal number of up to 18 significant digits: `coefficient × 10^-fractionDigits`, trailing zeros cut.
public struct ExactDecimal: Hashable, Sendable {
    /// The digits without the point.
    public let coefficient: Int64
    /// How many of them stand behind the point; never negative.
    public let fractionDigits: Int

    private static let maximumDigits = 18

    /// `coefficient × 10^-fractionDigits`, brought to its shortest form.
    public init(coefficient: Int64, fractionDigits: Int) {
        var (coefficient, fractionDigits) = (coefficient, fractionDigits)
        while fractionDigits > 0, coefficient % 10 == 0 {
            coefficient /= 10
            fractionDigits -= 1
        }
        self.coefficient = coefficient
        self.fractionDigits = fractionDigits
    }

    /// Reads JSON's number grammar, with an optional exponent; nil for anything else or more than 18 significant digits.
    public init?(_ text: some StringProtocol) {
        var coefficient: Int64 = 0
        var significant = 0
        var fractionDigits = 0
        var digits = 0
        var isNegative = false
        var isInFraction = false
        var exponent = 0
        let bytes = Array(text.utf8)
        var index = 0
        if index < bytes.count, bytes[index] == UInt8(ascii: "-") {
            isNegative = true
            index += 1
        }
        scan: while index < bytes.count {
            switch bytes[index] {
            case 0x30...0x39:
                digits += 1
                if significant > 0 || bytes[index] != 0x30 { significant += 1 }
                guard significant <= Self.maximumDigits else { return nil }
                coefficient = coefficient * 10 + Int64(bytes[index] - 0x30)
                if isInFraction { fractionDigits += 1 }
            case UInt8(ascii: ".") where !isInFraction && digits > 0:
                isInFraction = true
            case UInt8(ascii: "e"), UInt8(ascii: "E"):
                guard let value = Int(String(decoding: bytes[(index + 1)...], as: UTF8.self)),
                    abs(value) <= 30
                else { return nil }
                exponent = value
                break scan
            default: return nil
            }
            index += 1
        }
        guard digits > 0, !(isInFraction && fractionDigits == 0), fractionDigits <= 40 else { return nil }
        var scale = fractionDigits - exponent
        while scale < 0, coefficient != 0 {
            let (product, overflow) = coefficient.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            coefficient = product
            scale += 1
        }
        self.init(coefficient: isNegative ? -coefficient : coefficient, fractionDigits: max(scale, 0))
    }

    /// The number as a whole count of `10^-digits`; nil when it is finer than that or does not fit.
    public func scaled(toDigits digits: Int) -> Int64? {
        guard fractionDigits <= digits else { return nil }
        var value = coefficient
        for _ in fractionDigits..<digits {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            value = product
        }
        return value
    }

    /// This number times an amount of minor units, rounded half up (away from zero); nil when it does not fit.
    public func times(minorUnits: Int64) -> Int64? {
        let (high, low) = coefficient.magnitude.multipliedFullWidth(by: minorUnits.magnitude)
        var divisor: UInt64 = 1
        for _ in 0..<fractionDigits {
            let (product, overflow) = divisor.multipliedReportingOverflow(by: 10)
            guard !overflow else { return nil }
            divisor = product
        }
        guard high < divisor else { return nil }
        let (quotient, remainder) = divisor.dividingFullWidth((high, low))
        let rounded = remainder >= divisor - remainder && remainder > 0 ? quotient &+ 1 : quotient
        guard rounded >= quotient, rounded <= UInt64(Int64.max) else { return nil }
        return (coefficient < 0) != (minorUnits < 0) ? -Int64(rounded) : Int64(rounded)
    }

    /// The shortest decimal text.
    public var text: String {
        guard fractionDigits > 0 else { return String(coefficient) }
        var digits = String(coefficient.magnitude)
        while digits.utf8.count <= fractionDigits { digits = "0" + digits }
        let point = digits.index(digits.endIndex, offsetBy: -fractionDigits)
        return (coefficient < 0 ? "-" : "") + digits[..<point] + "." + digits[point...]
    }
}
