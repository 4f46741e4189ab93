public import Primitives

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
    /// Whether another card of the payer is tried at once; absent when not.
    public var triesNextCard: Bool?

    /// Says it.
    public init(
        payment: PaymentFacts, declineClass: DeclineClass, code: String, nextAttemptOn: CivilDate? = nil,
        triesNextCard: Bool? = nil
    ) {
        self.payment = payment
        self.declineClass = declineClass
        self.code = code
        self.nextAttemptOn = nextAttemptOn
        self.triesNextCard = triesNextCard
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

/// The bank does not let an automatic payment pass unless its payer confirms it.
public struct PaymentActionRequired: EventPayload {
    /// `payment.action_required.v1` on `payment.events`.
    public static let descriptor = EventDescriptor("payment.action_required.v1", of: "payment")

    /// As it is now.
    public var payment: PaymentFacts
    /// Afterwards it is cancelled.
    public var confirmBefore: Instant
    /// Where its payer confirms, after login.
    public var page: String

    /// Says it.
    public init(payment: PaymentFacts, confirmBefore: Instant, page: String) {
        self.payment = payment
        self.confirmBefore = confirmBefore
        self.page = page
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
