/// What a notice is about.
public enum NoticeKind: String, Sendable, CaseIterable {
    /// An invoice is paid in full.
    case invoicePaid = "invoice_paid"
    /// A payment was declined.
    case paymentFailed = "payment_failed"
    /// The bank wants the client to confirm an automatic payment.
    case paymentActionRequired = "payment_action_required"
    /// An invoice will be charged on a day.
    case chargePlanned = "charge_planned"
    /// An automatic payment was not made: it is beyond what the payer allows, or there is no card.
    case chargeFailed = "charge_failed"
    /// A card will not work much longer.
    case cardExpiring = "card_expiring"
    /// The card that a sender may charge is gone, and another has to be chosen.
    case cardNeeded = "card_needed"
    /// The card that a sender may charge is gone, and the client's next one has taken its place.
    case nextCard = "next_card"
}
