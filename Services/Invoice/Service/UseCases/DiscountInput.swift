import InvoiceDomain
import Primitives

/// What a sender says is taken off, before its currency is known.
enum DiscountInput: Sendable {
    case percent(Percentage)
    case amount(ExactDecimal)

    /// Reads `{"percent": 10}` or `{"amount": "5.00"}`; problems are collected in the reader.
    init?(_ fields: FieldReader?) {
        guard let fields else { return nil }
        let percent = fields.percentage("percent")
        let amount = fields.decimal("amount")
        switch (fields.contains("percent"), fields.contains("amount")) {
        case (true, false):
            guard let percent else { return nil }
            self = .percent(percent)
        case (false, true):
            guard let amount else { return nil }
            self = .amount(amount)
        default:
            fields.refuse("percent", "conflicting", "Give either percent or amount.")
            return nil
        }
    }

    /// The discount in a currency.
    ///
    /// - Throws: The error at the field `amount` below `path`.
    func discount(in currency: Currency, at path: String) throws(FieldError) -> Discount {
        switch self {
        case .percent(let percentage): return .percent(percentage)
        case .amount(let decimal):
            guard let amount = decimal.scaled(toDigits: currency.digits) else {
                throw FieldError(
                    field: "\(path).amount", code: "too_precise",
                    message: "\(currency) has \(currency.digits) digits behind the point.")
            }
            guard (0...InvoiceStanding.maximumAmount).contains(amount) else {
                throw FieldError(
                    field: "\(path).amount", code: "out_of_range",
                    message: "This must be zero or more, and not too large.")
            }
            return .fixed(amount)
        }
    }
}
