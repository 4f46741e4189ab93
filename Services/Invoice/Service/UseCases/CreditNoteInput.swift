import HTTPServer
import InvoiceDomain
import Primitives

/// What a sender says about a credit note: why, and how much; nothing means everything that is left.
struct CreditNoteInput: Sendable {
    /// A part of a line before the currency is known.
    private struct Line: Sendable {
        let id: LineItemID
        let quantity: ExactDecimal?
        let amount: ExactDecimal?
    }

    let reason: String
    let settlement: CreditNote.Settlement?
    /// Whether the client gets it by mail at once.
    let sends: Bool
    private let amount: ExactDecimal?
    private let lines: [Line]?

    /// Reads the body.
    ///
    /// - Throws: `InvalidFields` naming everything that is wrong.
    init(_ fields: FieldReader) throws(InvalidFields) {
        let reason = fields.require("reason", fields.string("reason", minimumLength: 1, maximumLength: 500))
        settlement = fields.choice("settle", CreditNote.Settlement.self)
        sends = fields.bool("send") ?? false
        amount = fields.decimal("amount")
        lines = fields.objects("line_items", count: 1...InvoiceLine.maximumCount)?
            .compactMap { Self.line($0) }
        if amount != nil, lines != nil {
            fields.refuse("amount", "conflicting", "Give either line_items or amount.")
        }
        guard let reason, fields.errors.isEmpty else { throw fields.invalid }
        self.reason = reason
    }

    private static func line(_ item: FieldReader) -> Line? {
        let id = item.require("id", item.id("id", of: Kind.LineItem.self))
        let (quantity, amount) = (item.decimal("quantity"), item.decimal("amount"))
        if item.contains("quantity") == item.contains("amount") {
            item.refuse("amount", "conflicting", "Give either quantity or amount.")
        }
        guard let id else { return nil }
        return Line(id: id, quantity: quantity, amount: amount)
    }

    /// What is to be credited, in minor units of the invoice's currency.
    func part(in currency: Currency) throws(InvalidFields) -> CreditedPart {
        if let amount { return .amount(try Self.minorUnits(amount, "amount", currency)) }
        guard let lines else { return .everything }
        var parts: [CreditedLine] = []
        for (index, line) in lines.enumerated() {
            if let quantity = line.quantity {
                parts.append(CreditedLine(id: line.id, measure: .quantity(quantity)))
            } else if let amount = line.amount {
                let units = try Self.minorUnits(amount, "line_items[\(index)].amount", currency)
                parts.append(CreditedLine(id: line.id, measure: .amount(units)))
            }
        }
        return .lines(parts)
    }

    private static func minorUnits(
        _ amount: ExactDecimal, _ field: String, _ currency: Currency
    ) throws(InvalidFields) -> Int64 {
        guard let units = amount.scaled(toDigits: currency.digits) else {
            throw InvalidFields(
                field: field, code: "too_precise",
                message: "\(currency) has \(currency.digits) digits behind the point.")
        }
        guard units > 0 else {
            throw InvalidFields(field: field, code: "out_of_range", message: "This must be above zero.")
        }
        return units
    }
}
