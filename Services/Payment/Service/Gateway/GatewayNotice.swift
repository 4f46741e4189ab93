import Primitives

/// What the gateway tells by itself, reduced to what is needed: nothing of it names a person or a card's number.
struct GatewayNotice: Codable, Hashable, Sendable {
    /// The gateway's name of the event; the same however often it is told.
    let eventID: String
    let type: Kind
    /// The gateway's name of what it is about: a payment, charge, dispute, setup or card.
    let subject: String
    /// The gateway's name of the payment behind it.
    let payment: String?
    /// Our attempt, as the metadata names it.
    let attemptID: AttemptID?
    /// The gateway's words for the state and for what went wrong.
    let status: String?
    let code: String?
    let amountMinor: Int64?
    let currency: String?
    /// The gateway's name of the payer.
    let customer: String?
    let card: GatewayCard?

    /// The events that mean something here.
    enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        case paymentSucceeded = "payment_intent.succeeded"
        case paymentFailed = "payment_intent.payment_failed"
        case paymentRequiresAction = "payment_intent.requires_action"
        case chargeRefunded = "charge.refunded"
        case disputeCreated = "charge.dispute.created"
        case disputeUpdated = "charge.dispute.updated"
        case disputeClosed = "charge.dispute.closed"
        case setupSucceeded = "setup_intent.succeeded"
        case cardUpdated = "payment_method.updated"
        case cardUpdatedByNetwork = "payment_method.automatically_updated"
        case cardDetached = "payment_method.detached"
    }
}
