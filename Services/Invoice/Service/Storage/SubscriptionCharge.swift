import InvoiceDomain
import Postgres
import Primitives

/// One line that a subscription is to be invoiced, or given back.
struct SubscriptionCharge: Sendable {
    let description: String
    let quantity: ExactDecimal
    /// In minor units; below zero where something is given back.
    let unitPrice: ExactDecimal
    let taxRates: [TaxRateID]

    private static let one = ExactDecimal(coefficient: 1, fractionDigits: 0)

    /// A line of any quantity.
    init(description: String, quantity: ExactDecimal, unitPrice: ExactDecimal, taxRates: [TaxRateID]) {
        self.description = description
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.taxRates = taxRates
    }

    /// A line of one piece.
    init(description: String, amount: Int64, taxRates: [TaxRateID]) {
        self.init(
            description: description, quantity: Self.one,
            unitPrice: ExactDecimal(coefficient: amount, fractionDigits: 0), taxRates: taxRates)
    }

    /// As the line of an invoice.
    func line(at now: Instant) throws(InvoiceRuleViolation) -> InvoiceLine {
        try InvoiceLine(
            id: LineItemID.new(at: now), description: description, quantity: quantity, unitPrice: unitPrice,
            taxRates: taxRates)
    }

    /// The amount of what gives something back; only lines of one piece do.
    var credit: Int64? { unitPrice.coefficient < 0 ? unitPrice.coefficient : nil }

    /// The same with another amount.
    func with(amount: Int64) -> SubscriptionCharge {
        SubscriptionCharge(description: description, amount: amount, taxRates: taxRates)
    }
}

/// Keeps lines until the next invoice takes them.
enum SubscriptionChargeStore {
    static func add(
        _ charges: [SubscriptionCharge], to id: SubscriptionID, in tx: borrowing Transaction
    ) throws(PostgresError) {
        for charge in charges {
            try tx.send(
                """
                INSERT INTO subscription_charges (subscription_id, description, quantity, unit_price, tax_rate_ids)
                VALUES ($1, $2, $3, $4, $5)
                """, [id, charge.description, charge.quantity.text, charge.unitPrice.text, charge.taxRates])
        }
    }

    /// What waits, oldest first.
    static func waiting(
        of id: SubscriptionID, in tx: borrowing Transaction
    ) throws -> [SubscriptionCharge] {
        try tx.query(
            """
            SELECT description, quantity, unit_price, tax_rate_ids FROM subscription_charges
            WHERE subscription_id = $1 ORDER BY id
            """, [id]
        ).map { row in
            guard let quantity = ExactDecimal(try row.get(1, as: String.self)),
                let unitPrice = ExactDecimal(try row.get(2, as: String.self))
            else { throw PostgresError(code: .decoding, message: "a waiting charge is not readable") }
            return SubscriptionCharge(
                description: try row[0], quantity: quantity, unitPrice: unitPrice, taxRates: try row[3])
        }
    }

    static func removeAll(of id: SubscriptionID, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send("DELETE FROM subscription_charges WHERE subscription_id = $1", [id])
    }
}
