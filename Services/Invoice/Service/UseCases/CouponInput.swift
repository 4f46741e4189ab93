import InvoiceDomain
import Postgres
import Primitives

/// What a sender says about a coupon.
struct CouponInput: Sendable {
    /// What can change later; absent means as it was, null means none.
    struct Change: Sendable {
        let name: Setting<String>
        let minimumAmount: Setting<ExactDecimal>
        let expiresAt: Setting<Instant>
        let maximumRedemptions: Setting<Int64>
        let maximumPerCustomer: Setting<Int64>
        let isActive: Bool?
        let metadata: Setting<JSONB>
    }

    /// A member that may be left out, null, or have a value.
    enum Setting<Value: Sendable>: Sendable {
        case absent
        case given(Value?)

        init(_ name: String, in fields: FieldReader, _ value: Value?) {
            self = fields.contains(name) ? .given(value) : .absent
        }

        func value(instead old: Value?) -> Value? {
            switch self {
            case .absent: old
            case .given(let value): value
            }
        }
    }

    let code: String?
    let discount: DiscountInput?
    let currency: Currency?
    let change: Change

    private static let counts: ClosedRange<Int64> = 1...1_000_000_000

    /// Reads the body of a new coupon; problems are collected in the reader.
    init(_ fields: FieldReader, body: JSONNode) {
        code = fields.require(
            "code", fields.parsed("code", "3 to 50 letters, digits, hyphens or underscores") { Self.code($0) }
        )
        discount = DiscountInput(fields)
        currency = fields.currency("currency")
        change = Self.change(fields, body)
        if currency == nil, fields.contains("amount") || fields.contains("minimum_amount") {
            fields.refuse("currency", "required", "An amount needs a currency.")
        }
    }

    /// Reads the body of a change; what a coupon takes off cannot change, invoices have it.
    static func change(_ fields: FieldReader, _ body: JSONNode) -> Change {
        Change(
            name: Setting("name", in: fields, fields.string("name", maximumLength: 200)),
            minimumAmount: Setting("minimum_amount", in: fields, fields.decimal("minimum_amount")),
            expiresAt: Setting(
                "expires_at", in: fields,
                fields.parsed("expires_at", "a date and time such as 2027-03-31T22:00:00Z") {
                    Instant(rfc3339: $0)
                }),
            maximumRedemptions: Setting(
                "max_redemptions", in: fields, fields.integer("max_redemptions", in: counts)),
            maximumPerCustomer: Setting(
                "max_redemptions_per_customer", in: fields,
                fields.integer("max_redemptions_per_customer", in: counts)),
            isActive: fields.bool("active"),
            metadata: Setting("metadata", in: fields, fields.metadata("metadata", body["metadata"])))
    }

    /// Refuses the members that only a new coupon has.
    static func refuseFixed(_ fields: FieldReader) {
        for name in ["code", "percent", "amount", "currency"] where fields.contains(name) {
            fields.refuse(name, "immutable", "This cannot change. Make another coupon.")
        }
    }

    private static func code(_ text: String) -> String? {
        let isCode =
            (3...50).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x5F: true
                default: false
                }
            }
        return isCode ? text : nil
    }
}
