import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// A price and how much of it, as a sender says it.
struct SubscriptionItemInput: Sendable {
    let priceID: PriceID
    let quantity: Quantity?

    static let countMaximum = 20

    /// Reads `items`; problems are collected in the reader.
    static func all(_ fields: FieldReader) -> [SubscriptionItemInput]? {
        let items = fields.require("items", fields.objects("items", count: 1...countMaximum))
        return items?.compactMap { item in
            let priceID = item.require("price_id", item.id("price_id", of: Kind.Price.self))
            let decimal = item.decimal("quantity")
            let quantity = decimal.flatMap { Quantity($0) }
            if decimal != nil, quantity.map({ $0 > .zero }) != true {
                item.refuse(
                    "quantity", "out_of_range",
                    "This must be above zero, with at most 6 digits behind the point.")
            }
            return priceID.map { SubscriptionItemInput(priceID: $0, quantity: quantity) }
        }
    }

    /// The items with their prices.
    ///
    /// - Throws: `InvalidFields` for a price that is not there, archived, or does not go with the others.
    static func resolve(
        _ inputs: [SubscriptionItemInput], of organizationID: OrganizationID,
        keeping old: [Subscription.Item] = [], in tx: borrowing Transaction
    ) throws -> [Subscription.Item] {
        var items: [Subscription.Item] = []
        var errors: [FieldError] = []
        for (index, input) in inputs.enumerated() {
            func refuse(_ name: String, _ code: String, _ message: String) {
                errors.append(FieldError(field: "items[\(index)].\(name)", code: code, message: message))
            }
            let price = try PriceStore.find(input.priceID, of: organizationID, in: tx)
            guard let price, let plan = try PlanStore.find(price.planID, of: organizationID, in: tx) else {
                refuse("price_id", "unknown_value", "There is no such price.")
                continue
            }
            let isKept = old.contains { $0.price.id == price.id }
            if !isKept, !price.isActive || !plan.isActive {
                refuse("price_id", "archived", "This price or its plan is archived.")
            }
            if items.contains(where: { $0.price.id == price.id }) {
                refuse("price_id", "conflicting", "A subscription has each price once.")
            }
            let first = (old.first ?? items.first)?.price.terms
            if let first, first.currency != price.terms.currency {
                refuse(
                    "price_id", "currency_mismatch",
                    "This subscription is in \(first.currency); nothing is converted.")
            }
            if let first, first.interval != price.terms.interval {
                refuse("price_id", "interval_mismatch", "All prices of a subscription have one interval.")
            }
            if price.terms.metering != nil, input.quantity != nil {
                refuse("quantity", "conflicting", "What was used says the quantity of this price.")
            }
            items.append(
                Subscription.Item(
                    price: price, planName: plan.name,
                    quantity: price.terms.metering == nil ? input.quantity ?? Quantity(1) : nil))
        }
        guard errors.isEmpty else { throw InvalidFields(errors) }
        return items
    }
}

/// What a sender says about a new subscription.
struct SubscriptionInput: Sendable {
    let customerID: CustomerID
    let items: [SubscriptionItemInput]
    let startsAt: InvoiceInput.DueDate?
    let billingAnchor: InvoiceInput.DueDate?
    let trialDays: Int64?
    let invoicing: Subscription.Invoicing
    let dueDays: Int64
    let metadata: JSONB?

    static let trialDaysMaximum: Int64 = 730

    /// Reads the body; problems are collected in the reader.
    init?(_ fields: FieldReader, body: JSONNode) {
        let customerID = fields.require("customer_id", fields.id("customer_id", of: Kind.Customer.self))
        let items = SubscriptionItemInput.all(fields)
        let form = "a date or a date and time such as 2027-01-31"
        startsAt = fields.parsed("starts_at", form) { InvoiceInput.DueDate($0) }
        billingAnchor = fields.parsed("billing_anchor", form) { InvoiceInput.DueDate($0) }
        trialDays = fields.integer("trial_days", in: 0...Self.trialDaysMaximum)
        invoicing = fields.choice("invoicing", Subscription.Invoicing.self) ?? .finalize
        dueDays = fields.integer("due_days", in: 0...365) ?? 14
        metadata = fields.metadata("metadata", body["metadata"])
        guard let customerID, let items, fields.errors.isEmpty else { return nil }
        self.customerID = customerID
        self.items = items
    }
}

extension InvoiceInput.DueDate {
    /// The moment, or the first of the day.
    func moment(in zone: Zone) -> Instant {
        switch self {
        case .day(let date): zone.startOfDay(date)
        case .moment(let instant): Instant(seconds: instant.seconds)
        }
    }
}
