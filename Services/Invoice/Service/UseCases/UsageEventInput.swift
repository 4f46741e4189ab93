import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// What a sender says was used.
struct UsageEventInput: Sendable {
    let id: String
    let meter: String
    let subscriptionID: SubscriptionID?
    /// Instead of a subscription, where the customer has only one with this meter.
    let customerID: CustomerID?
    let quantity: Quantity
    let uniqueKey: String?
    let occurredAt: Instant?

    /// A request has at most so many.
    static let countMaximum = 1_000
    /// What the name of a meter looks like, in words.
    static let meterForm = "1 to 100 lower-case letters, digits, underscores, hyphens or points"
    private static let quantityMaximum = Quantity(1_000_000_000)

    /// Reads one event; problems are collected in the reader.
    init?(_ fields: FieldReader) {
        let id = fields.require("id", fields.string("id", minimumLength: 1, maximumLength: 200))
        let meter = fields.require("meter", fields.parsed("meter", Self.meterForm, Self.meter))
        subscriptionID = fields.id("subscription_id", of: Kind.Subscription.self)
        customerID = fields.id("customer_id", of: Kind.Customer.self)
        if !fields.contains("subscription_id"), !fields.contains("customer_id") {
            fields.refuse("subscription_id", "required", "Name the subscription or the customer.")
        }
        let decimal = fields.decimal("quantity")
        let quantity = fields.contains("quantity") ? decimal.flatMap { Quantity($0) } : Quantity(1)
        if decimal != nil, quantity.map({ $0 <= Self.quantityMaximum }) != true {
            fields.refuse(
                "quantity", "out_of_range",
                "This must be from 0 to 1000000000 with at most 6 digits behind the point.")
        }
        uniqueKey = fields.string("unique_key", minimumLength: 1, maximumLength: 200)
        occurredAt = fields.parsed("timestamp", "a date and time such as 2027-03-31T22:00:00Z") {
            Instant(rfc3339: $0)
        }
        guard let id, let meter, let quantity else { return nil }
        self.id = id
        self.meter = meter
        self.quantity = quantity
    }

    /// Reads one event, or those of `events`.
    static func all(_ fields: FieldReader) throws(InvalidFields) -> [UsageEventInput] {
        let inputs: [UsageEventInput]
        if fields.contains("events") {
            inputs =
                fields.objects("events", count: 1...countMaximum)?.compactMap { UsageEventInput($0) } ?? []
        } else {
            inputs = [UsageEventInput(fields)].compactMap { $0 }
        }
        guard fields.errors.isEmpty else { throw fields.invalid }
        return inputs
    }

    /// Reads the name of a meter.
    static func meter(_ text: String) -> String? {
        let isName =
            (1...100).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x61...0x7A, 0x2D, 0x2E, 0x5F: true
                default: false
                }
            }
        return isName ? text : nil
    }
}
