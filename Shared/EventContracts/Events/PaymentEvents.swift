public import Primitives

/// By which path money was asked for.
public enum PaymentSource: String, Codable, Hashable, Sendable, CaseIterable {
    /// The link in a mail.
    case link
    /// The button after login.
    case button
    /// A mandate.
    case autopay
    /// A standing order.
    case standingOrder = "standing_order"
    /// Recorded by hand.
    case manual
}

/// What a payment was made of.
public enum TenderKind: String, Codable, Hashable, Sendable, CaseIterable {
    /// A card at the gateway.
    case card
    /// The client's wallet at the sender.
    case wallet
    /// Credit at the sender.
    case credit
    /// Bank transfer, cash: recorded by hand.
    case manual
}

/// One part of a payment by what it was made of.
public struct Tender: Codable, Hashable, Sendable {
    /// What it was made of.
    public var kind: TenderKind
    /// Minor units.
    public var amountMinor: Int64
    /// The card's brand.
    public var brand: String?
    /// The card's last four digits.
    public var last4: String?

    /// Says it.
    public init(kind: TenderKind, amountMinor: Int64, brand: String? = nil, last4: String? = nil) {
        self.kind = kind
        self.amountMinor = amountMinor
        self.brand = brand
        self.last4 = last4
    }
}

/// What of a payment went to which invoice.
public struct Allocation: Codable, Hashable, Sendable {
    /// The invoice.
    public var invoiceID: InvoiceID
    /// Minor units.
    public var amountMinor: Int64

    /// Says it.
    public init(invoiceID: InvoiceID, amountMinor: Int64) {
        self.invoiceID = invoiceID
        self.amountMinor = amountMinor
    }
}

/// A payment as of the event.
public struct PaymentFacts: Codable, Hashable, Sendable {
    /// The payment.
    public var paymentID: PaymentID
    /// The organization.
    public var organizationID: OrganizationID
    /// Who was billed.
    public var customerID: CustomerID?
    /// The client's account, where known.
    public var accountID: AccountID?
    /// By which path.
    public var source: PaymentSource
    /// Of every amount here.
    public var currency: Currency
    /// All of it.
    ///
    /// Minor units.
    public var amountMinor: Int64
    /// By what it was made of.
    public var tenders: [Tender]
    /// By what it went to.
    public var allocations: [Allocation]
    /// The attempt that this is about.
    public var attemptID: AttemptID?
    /// 1 for the first try.
    public var attemptNumber: Int?
    /// The plan of an automatic payment.
    public var planID: ChargePlanID?

    /// Says it.
    public init(
        paymentID: PaymentID, organizationID: OrganizationID, customerID: CustomerID? = nil,
        accountID: AccountID? = nil, source: PaymentSource, currency: Currency, amountMinor: Int64,
        tenders: [Tender], allocations: [Allocation], attemptID: AttemptID? = nil, attemptNumber: Int? = nil,
        planID: ChargePlanID? = nil
    ) {
        self.paymentID = paymentID
        self.organizationID = organizationID
        self.customerID = customerID
        self.accountID = accountID
        self.source = source
        self.currency = currency
        self.amountMinor = amountMinor
        self.tenders = tenders
        self.allocations = allocations
        self.attemptID = attemptID
        self.attemptNumber = attemptNumber
        self.planID = planID
    }
}

/// Money has come.
public struct PaymentSucceeded: EventPayload {
    /// `payment.succeeded.v1` on `payment.events`.
    public static let descriptor = EventDescriptor(
        "payment.succeeded.v1", of: "payment", mustReach: ["invoice.payment"])

    /// As it is now.
    public var payment: PaymentFacts
    /// When, by the injected clock.
    public var succeededAt: Instant

    /// Says it.
    public init(payment: PaymentFacts, succeededAt: Instant) {
        self.payment = payment
        self.succeededAt = succeededAt
    }
}

/// What a refusal means for another try.
public enum DeclineClass: String, Codable, Hashable, Sendable, CaseIterable {
    /// The card will not work again.
    case hard
    /// Another day may do.
    case soft
    /// There was not enough on it.
    case insufficient
    /// The payer has to confirm.
    case authentication
    /// It was never sent to the bank.
    case notAttempted = "not_attempted"
}

/// An attempt has ended without money.
public struct PaymentFailed: EventPayload {
    /// `payment.failed.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("payment.failed.v1", of: "payment")

    /// As it is now.
    public var payment: PaymentFacts
    /// What it means.
    public var declineClass: DeclineClass
    /// The gateway's code.
    public var code: String
    /// The day of the next automatic try; absent when there is none.
    public var nextAttemptOn: CivilDate?

    /// Says it.
    public init(
        payment: PaymentFacts, declineClass: DeclineClass, code: String, nextAttemptOn: CivilDate? = nil
    ) {
        self.payment = payment
        self.declineClass = declineClass
        self.code = code
        self.nextAttemptOn = nextAttemptOn
    }
}

/// An attempt is taking long or its outcome is not known yet.
public struct PaymentProcessing: EventPayload {
    /// `payment.processing.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("payment.processing.v1", of: "payment")

    /// As it is now.
    public var payment: PaymentFacts
    /// Whether the gateway's answer was lost.
    public var isUnknown: Bool

    /// Says it.
    public init(payment: PaymentFacts, isUnknown: Bool) {
        self.payment = payment
        self.isUnknown = isUnknown
    }
}

/// More was collected than is owed; it goes back or becomes credit.
public struct PaymentSurplus: EventPayload {
    /// `payment.surplus.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("payment.surplus.v1", of: "payment")

    /// Where it was collected.
    public var invoiceID: InvoiceID
    /// The organization.
    public var organizationID: OrganizationID
    /// The payment that brought it.
    public var paymentID: PaymentID
    /// Of the amount.
    public var currency: Currency
    /// Minor units.
    public var amountMinor: Int64
    /// `refund` or `credit`.
    public var becomes: String

    /// Says it.
    public init(
        invoiceID: InvoiceID, organizationID: OrganizationID, paymentID: PaymentID, currency: Currency,
        amountMinor: Int64, becomes: String
    ) {
        self.invoiceID = invoiceID
        self.organizationID = organizationID
        self.paymentID = paymentID
        self.currency = currency
        self.amountMinor = amountMinor
        self.becomes = becomes
    }
}

/// A refund as of the event.
public struct RefundFacts: Codable, Hashable, Sendable {
    /// The refund.
    public var refundID: RefundID
    /// The organization.
    public var organizationID: OrganizationID
    /// What is given back from.
    public var paymentID: PaymentID
    /// What it was paid for.
    public var invoiceID: InvoiceID
    /// Of the amount.
    public var currency: Currency
    /// Minor units.
    public var amountMinor: Int64
    /// `surplus`, `requested`, `credit_note`, `duplicate`.
    public var reason: String

    /// Says it.
    public init(
        refundID: RefundID, organizationID: OrganizationID, paymentID: PaymentID, invoiceID: InvoiceID,
        currency: Currency, amountMinor: Int64, reason: String
    ) {
        self.refundID = refundID
        self.organizationID = organizationID
        self.paymentID = paymentID
        self.invoiceID = invoiceID
        self.currency = currency
        self.amountMinor = amountMinor
        self.reason = reason
    }
}

/// Money was given back.
public struct RefundSucceeded: EventPayload {
    /// `refund.succeeded.v1` on `payment.events`.
    public static let descriptor = EventDescriptor(
        "refund.succeeded.v1", of: "payment", mustReach: ["invoice.payment"])

    /// As it is now.
    public var refund: RefundFacts
    /// When, by the injected clock.
    public var succeededAt: Instant

    /// Says it.
    public init(refund: RefundFacts, succeededAt: Instant) {
        self.refund = refund
        self.succeededAt = succeededAt
    }
}

/// Money could not be given back.
public struct RefundFailed: EventPayload {
    /// `refund.failed.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("refund.failed.v1", of: "payment")

    /// As it is now.
    public var refund: RefundFacts
    /// The gateway's code.
    public var code: String

    /// Says it.
    public init(refund: RefundFacts, code: String) {
        self.refund = refund
        self.code = code
    }
}

/// A card was saved, updated or removed.
public struct PaymentMethodChanged: EventPayload {
    /// `payment_method.changed.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("payment_method.changed.v1", of: "payment")

    /// The card.
    public var paymentMethodID: PaymentMethodID
    /// Whose it is.
    public var accountID: AccountID
    /// The brand.
    public var brand: String
    /// The last four digits.
    public var last4: String
    /// The year of expiry.
    public var expiryYear: Int
    /// The month of expiry.
    public var expiryMonth: Int
    /// Whether it is gone.
    public var isRemoved: Bool

    /// Says it.
    public init(
        paymentMethodID: PaymentMethodID, accountID: AccountID, brand: String, last4: String, expiryYear: Int,
        expiryMonth: Int, isRemoved: Bool
    ) {
        self.paymentMethodID = paymentMethodID
        self.accountID = accountID
        self.brand = brand
        self.last4 = last4
        self.expiryYear = expiryYear
        self.expiryMonth = expiryMonth
        self.isRemoved = isRemoved
    }
}

/// Whether a payer lets a sender charge.
public enum MandateStatus: String, Codable, Hashable, Sendable, CaseIterable {
    /// Yes.
    case active
    /// Not for now.
    case paused
    /// The card has to be replaced.
    case needsUpdate = "needs_update"
    /// No longer.
    case revoked
}

/// A payer's permission for one sender is new or has changed.
public struct MandateChanged: EventPayload {
    /// `mandate.changed.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("mandate.changed.v1", of: "payment")

    /// The permission.
    public var mandateID: MandateID
    /// The organization.
    public var organizationID: OrganizationID
    /// The payer.
    public var accountID: AccountID
    /// Whether it holds.
    public var status: MandateStatus
    /// Days after the issue date.
    public var chargeAfterDays: Int
    /// Of the caps.
    public var currency: Currency?
    /// The most one charge may take.
    ///
    /// Minor units.
    public var capPerChargeMinor: Int64?
    /// The most one month may take.
    ///
    /// Minor units.
    public var capPerMonthMinor: Int64?

    /// Says it.
    public init(
        mandateID: MandateID, organizationID: OrganizationID, accountID: AccountID, status: MandateStatus,
        chargeAfterDays: Int, currency: Currency? = nil, capPerChargeMinor: Int64? = nil,
        capPerMonthMinor: Int64? = nil
    ) {
        self.mandateID = mandateID
        self.organizationID = organizationID
        self.accountID = accountID
        self.status = status
        self.chargeAfterDays = chargeAfterDays
        self.currency = currency
        self.capPerChargeMinor = capPerChargeMinor
        self.capPerMonthMinor = capPerMonthMinor
    }
}

/// Where an automatic payment stands.
public enum ChargePlanState: String, Codable, Hashable, Sendable, CaseIterable {
    /// Waiting for its day.
    case planned
    /// Its day has come; another payment holds the invoice.
    case waiting
    /// Under way.
    case charging
    /// Done.
    case collected
    /// Will not happen.
    case cancelled
    /// The payer has skipped it.
    case skipped
    /// No more tries.
    case failed
}

/// An automatic payment as of the event.
public struct ChargePlanFacts: Codable, Hashable, Sendable {
    /// The plan.
    public var planID: ChargePlanID
    /// What it will collect.
    public var invoiceID: InvoiceID
    /// The organization.
    public var organizationID: OrganizationID
    /// The payer.
    public var accountID: AccountID
    /// The permission.
    public var mandateID: MandateID
    /// Where it stands.
    public var state: ChargePlanState
    /// The day.
    public var chargeOn: CivilDate
    /// 0 for the first try, then the ladder's steps.
    public var step: Int
    /// Why it stands there.
    public var reason: String?

    /// Says it.
    public init(
        planID: ChargePlanID, invoiceID: InvoiceID, organizationID: OrganizationID, accountID: AccountID,
        mandateID: MandateID, state: ChargePlanState, chargeOn: CivilDate, step: Int, reason: String? = nil
    ) {
        self.planID = planID
        self.invoiceID = invoiceID
        self.organizationID = organizationID
        self.accountID = accountID
        self.mandateID = mandateID
        self.state = state
        self.chargeOn = chargeOn
        self.step = step
        self.reason = reason
    }
}

/// An invoice will be charged automatically.
public struct ChargePlanned: EventPayload {
    /// `charge.planned.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("charge.planned.v1", of: "payment")

    /// As it is now.
    public var plan: ChargePlanFacts

    /// Says it.
    public init(plan: ChargePlanFacts) {
        self.plan = plan
    }
}

/// An automatic payment was moved, skipped, cancelled or has ended.
public struct ChargePlanChanged: EventPayload {
    /// `charge.plan_changed.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("charge.plan_changed.v1", of: "payment")

    /// As it is now.
    public var plan: ChargePlanFacts

    /// Says it.
    public init(plan: ChargePlanFacts) {
        self.plan = plan
    }
}
