import HTTPServer
import PaymentDomain
import Primitives

/// When and up to what a payer lets a card be charged, as requests name it.
struct MandateTerms: Sendable {
    let paymentMethodID: PaymentMethodID
    let chargesOnDueDate: Bool
    let chargeAfterDays: Int
    /// Of the caps.
    let currency: Currency?
    let capPerChargeMinor: Int64?
    let capPerMonthMinor: Int64?
    /// Whether the wallet at the sender pays, the card, or both.
    let payWith: PayWith
    /// Whether the payer's other cards may stand in for this one, in their order.
    let allowsFallback: Bool

    /// The words for `charge`, beside `{"days_after_issue": n}`.
    private enum Day: String, CaseIterable {
        /// Not before it has to be paid.
        case dueDate = "due_date"
        /// At once.
        case now
    }

    /// Reads the members of a body; the currency of caps is named where it is not known.
    ///
    /// Throws `InvalidFields` that name everything that is wrong.
    init(_ fields: FieldReader, _ body: JSONNode, currency known: Currency?) throws {
        let card = fields.require(
            "payment_method_id", fields.id("payment_method_id", of: Kind.PaymentMethod.self))
        var days = fields.integer("charge_after_days", in: Self.days) ?? 0
        var waits = false
        if body["charge"]?.kind == .object, let charge = fields.object("charge") {
            days = charge.require("days_after_issue", charge.integer("days_after_issue", in: Self.days)) ?? 0
        } else if let day = fields.choice("charge", Day.self) {
            days = 0
            waits = day == .dueDate
        }
        let currency = known ?? fields.currency("currency")
        let range: ClosedRange<Int64> = 1...1_000_000_000_000_000
        var perCharge: Money?
        var perMonth: Money?
        if let currency {
            perCharge = fields.money("cap_per_charge", currency, in: range)
            perMonth = fields.money("cap_per_month", currency, in: range)
        } else if fields.contains("cap_per_charge") || fields.contains("cap_per_month") {
            fields.refuse("currency", "required", "A cap needs a currency.")
        }
        let payWith = fields.choice("pay_with", PayWith.self) ?? .card
        let fallback = fields.bool("fallback")
        guard let card, fields.errors.isEmpty else { throw fields.invalid }
        paymentMethodID = card
        self.payWith = payWith
        allowsFallback = fallback ?? false
        chargesOnDueDate = waits
        chargeAfterDays = Int(days)
        self.currency = perCharge == nil && perMonth == nil && known != nil ? nil : currency
        capPerChargeMinor = perCharge?.minorUnits
        capPerMonthMinor = perMonth?.minorUnits
    }

    /// Terms as they are.
    init(
        paymentMethodID: PaymentMethodID, chargesOnDueDate: Bool = false, chargeAfterDays: Int = 0,
        currency: Currency? = nil, capPerChargeMinor: Int64? = nil, capPerMonthMinor: Int64? = nil,
        payWith: PayWith = .card, allowsFallback: Bool = false
    ) {
        self.paymentMethodID = paymentMethodID
        self.chargesOnDueDate = chargesOnDueDate
        self.chargeAfterDays = chargeAfterDays
        self.currency = currency
        self.capPerChargeMinor = capPerChargeMinor
        self.capPerMonthMinor = capPerMonthMinor
        self.payWith = payWith
        self.allowsFallback = allowsFallback
    }

    private static let days: ClosedRange<Int64> = 0...365
}
