import HTTPServer
import InvoiceDomain
import Primitives

/// What a sender says about an invoice; which of it is required depends on the use case.
struct InvoiceInput: Sendable {
    /// A day, or a moment whose day depends on the organization's zone.
    enum DueDate: Sendable {
        case day(CivilDate)
        case moment(Instant)

        func date(in zone: Zone) -> CivilDate {
            switch self {
            case .day(let date): date
            case .moment(let instant): zone.date(at: instant)
            }
        }

        /// Reads a date or a date and time of a year that links and schedules can still count from.
        init?(_ text: String) {
            if let date = CivilDate(text) {
                self = .day(date)
            } else if let instant = Instant(rfc3339: text) {
                self = .moment(instant)
            } else {
                return nil
            }
            guard Self.years.contains(date(in: .utc).year) else { return nil }
        }

        private static let years = 2_000...2_999
    }

    /// A line before its currency is known.
    struct Line: Sendable {
        let description: String
        let amount: ExactDecimal
        let quantity: ExactDecimal
    }

    let customerID: CustomerID?
    let dueDate: DueDate?
    let currency: Currency?
    let title: String?
    let description: String?
    let subscriptionID: SubscriptionID?
    let walletID: WalletID?
    /// Nil when no lines were given, as opposed to an empty list.
    let lines: [Line]?

    private static let one = ExactDecimal(coefficient: 1, fractionDigits: 0)

    /// Reads the body; problems are collected in the reader.
    init(_ fields: FieldReader) {
        customerID = fields.id("customer_id", of: Kind.Customer.self)
        dueDate = fields.parsed("due_date", "a date or a date and time such as 2026-03-31") { DueDate($0) }
        currency = fields.currency("currency")
        title = fields.string("title", maximumLength: 200)
        description = fields.string("description", maximumLength: 5_000)
        subscriptionID = fields.id("subscription_id", of: Kind.Subscription.self)
        walletID = fields.id("wallet_id", of: Kind.Wallet.self)
        let items = fields.objects("line_items", count: 0...InvoiceLine.maximumCount)
        let amount = fields.decimal("amount")
        if let items {
            if amount != nil { fields.refuse("amount", "conflicting", "Give either line_items or amount.") }
            lines = items.compactMap { Self.line($0) }
        } else if let amount {
            // One amount and a title make one line.
            lines = [Line(description: title ?? "", amount: amount, quantity: Self.one)]
        } else {
            lines = nil
        }
    }

    private static func line(_ item: FieldReader) -> Line? {
        let description = item.require("description", item.string("description", maximumLength: 1_000))
        let amount = item.require("amount", item.decimal("amount"))
        let quantity = item.contains("quantity") ? item.decimal("quantity") : one
        guard let description, let amount, let quantity else { return nil }
        return Line(description: description, amount: amount, quantity: quantity)
    }

    /// The lines in a currency.
    ///
    /// - Throws: `InvalidFields` naming each amount that the currency or the rules do not allow.
    func lines(in currency: Currency, at now: Instant) throws(InvalidFields) -> [InvoiceLine] {
        var errors: [FieldError] = []
        var result: [InvoiceLine] = []
        for (index, line) in (lines ?? []).enumerated() {
            let path = "line_items[\(index)]"
            guard let unitAmount = line.amount.scaled(toDigits: currency.digits) else {
                errors.append(
                    FieldError(
                        field: "\(path).amount", code: "too_precise",
                        message: "\(currency) has \(currency.digits) digits behind the point."))
                continue
            }
            guard unitAmount >= 0 else {
                errors.append(
                    FieldError(
                        field: "\(path).amount", code: "out_of_range", message: "This must not be negative."))
                continue
            }
            guard line.quantity.coefficient > 0 else {
                errors.append(
                    FieldError(
                        field: "\(path).quantity", code: "out_of_range", message: "This must be above zero."))
                continue
            }
            do throws(InvoiceRuleViolation) {
                result.append(
                    try InvoiceLine(
                        id: LineItemID.new(at: now), description: line.description, quantity: line.quantity,
                        unitAmount: unitAmount))
            } catch {
                errors.append(
                    FieldError(field: path, code: "out_of_range", message: "This line is too large."))
            }
        }
        guard errors.isEmpty else { throw InvalidFields(errors) }
        return result
    }
}
