import InvoiceDomain
import Postgres
import Primitives

/// What a sender says about a line, before its currency is known.
struct InvoiceLineInput: Sendable {
    let description: String
    /// The price of one, in units.
    let price: ExactDecimal
    /// Whether the price may be finer than the currency's minor unit.
    let isFine: Bool
    let quantity: ExactDecimal
    let discount: DiscountInput?
    let taxRates: [TaxRateID]
    let metadata: JSONB?

    private static let one = ExactDecimal(coefficient: 1, fractionDigits: 0)

    /// One piece at a price.
    init(description: String, price: ExactDecimal) {
        self.description = description
        self.price = price
        isFine = false
        quantity = Self.one
        discount = nil
        taxRates = []
        metadata = nil
    }

    /// Reads an element of `line_items`; problems are collected in the reader.
    ///
    /// `amount` is a price in the currency's digits; `unit_amount` may have more, such as 0.0035 for a call.
    init?(_ item: FieldReader, _ node: JSONNode) {
        let description = item.require("description", item.string("description", maximumLength: 1_000))
        let fine = item.decimal("unit_amount")
        let amount = item.decimal("amount")
        if !item.contains("unit_amount") { _ = item.require("amount", amount) }
        if let fine, let amount, fine != amount {
            item.refuse("unit_amount", "conflicting", "Give either amount or unit_amount.")
        }
        let quantity = item.contains("quantity") ? item.decimal("quantity") : Self.one
        discount = DiscountInput(item.object("discount"))
        taxRates = item.ids("tax_rates", of: Kind.TaxRate.self, count: 0...TaxRate.maximumPerLine) ?? []
        metadata = item.metadata("metadata", node["metadata"])
        guard let description, let price = fine ?? amount, let quantity else { return nil }
        self.description = description
        self.price = price
        isFine = fine != nil
        self.quantity = quantity
    }

    /// The line in a currency.
    ///
    /// - Throws: The error at a field below `path`.
    func line(in currency: Currency, at path: String, now: Instant) throws(FieldError) -> InvoiceLine {
        let name = isFine ? "unit_amount" : "amount"
        guard isFine || price.scaled(toDigits: currency.digits) != nil else {
            throw FieldError(
                field: "\(path).amount", code: "too_precise",
                message:
                    "\(currency) has \(currency.digits) digits behind the point; unit_amount may have more.")
        }
        guard let unitPrice = price.inMinorUnits(of: currency) else {
            throw FieldError(field: "\(path).\(name)", code: "out_of_range", message: "This is too large.")
        }
        let discount = try discount.map { input throws(FieldError) in
            try input.discount(in: currency, at: "\(path).discount")
        }
        do throws(InvoiceRuleViolation) {
            return try InvoiceLine(
                id: LineItemID.new(at: now), description: description, quantity: quantity,
                unitPrice: unitPrice, discount: discount, taxRates: taxRates, metadata: metadata?.bytes)
        } catch {
            throw Self.fieldError(error, path, name)
        }
    }

    private static func fieldError(
        _ violation: InvoiceRuleViolation, _ path: String, _ price: String
    ) -> FieldError {
        switch violation {
        case .amountNotPositive:
            FieldError(field: "\(path).quantity", code: "out_of_range", message: "This must be above zero.")
        case .tooFine:
            FieldError(
                field: "\(path).\(price)", code: "too_precise",
                message: "The price or the quantity has too many digits behind the point.")
        case .discountTooLarge:
            FieldError(
                field: "\(path).discount", code: "out_of_range",
                message: "This must not be more than the line asks for.")
        default: FieldError(field: path, code: "out_of_range", message: "This line is too large.")
        }
    }
}
