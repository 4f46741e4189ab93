public import Primitives

extension ExactDecimal {
    /// A number of units as one of minor units: 0.0035 dollars are `0.35`; nil when it does not fit.
    public func inMinorUnits(of currency: Currency) -> ExactDecimal? {
        let missing = currency.digits - fractionDigits
        guard missing > 0 else {
            return ExactDecimal(coefficient: coefficient, fractionDigits: fractionDigits - currency.digits)
        }
        return scaled(toDigits: currency.digits).map { ExactDecimal(coefficient: $0, fractionDigits: 0) }
    }

    /// A number of minor units as one of units, as people write it.
    public func inUnits(of currency: Currency) -> ExactDecimal {
        ExactDecimal(coefficient: coefficient, fractionDigits: fractionDigits + currency.digits)
    }
}
