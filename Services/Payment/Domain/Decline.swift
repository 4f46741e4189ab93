/// A bank's refusal: what it means for another try, and the gateway's own word for it.
public struct Decline: Hashable, Sendable {
    /// What a refusal means for another try.
    public enum Class: String, Hashable, Sendable, CaseIterable {
        /// The card will not work again: lost, stolen, closed, or revoked by its holder.
        case hard
        /// Another day may do.
        case soft
        /// There was not enough on it; another day may do.
        case insufficient
        /// The payer has to confirm in person; trying again unasked is useless.
        case authentication
    }

    /// What it means.
    public let declineClass: Class
    /// The gateway's code.
    public let code: String

    /// A refusal of a known meaning.
    public init(_ declineClass: Class, code: String) {
        self.declineClass = declineClass
        self.code = code
    }

    /// Classifies the codes of the Stripe API (its decline codes, and error codes where no decline code comes).
    ///
    /// A code that nobody knows is soft: the bounded ladder tries again, and no card is given up for a new word.
    public init(gatewayCode code: String) {
        self.init(Decline.classes[code] ?? .soft, code: code)
    }

    /// Whether the ladder may try the same card on another day.
    public var isRetriable: Bool {
        switch declineClass {
        case .soft, .insufficient: true
        case .hard, .authentication: false
        }
    }

    /// Whether another card may do at once what this one did not: the refusal is about the card, not about the payment.
    public var isOfCard: Bool {
        switch declineClass {
        case .hard, .insufficient: true
        case .soft, .authentication: false
        }
    }

    /// Whether the network allows no other try of the card, on no day and for nothing: it is lost, stolen or closed, or its
    /// holder has forbidden all charges.
    public var forbidsCard: Bool { Decline.forbidding.contains(code) }

    private static let forbidding: Set = [
        "lost_card", "stolen_card", "pickup_card", "invalid_account", "incorrect_number", "invalid_number",
        "revocation_of_all_authorizations",
    ]

    private static let classes: [String: Class] = {
        var classes: [String: Class] = [
            "insufficient_funds": .insufficient, "withdrawal_count_limit_exceeded": .insufficient,
            "card_velocity_exceeded": .insufficient, "authentication_required": .authentication,
            "payment_intent_authentication_failure": .authentication,
        ]
        let hard = [
            "lost_card", "stolen_card", "pickup_card", "restricted_card", "expired_card", "fraudulent",
            "merchant_blacklist",
            "invalid_account", "incorrect_number", "invalid_number", "invalid_expiry_month",
            "invalid_expiry_year",
            "card_not_supported", "currency_not_supported", "transaction_not_allowed", "not_permitted",
            "revocation_of_all_authorizations", "revocation_of_authorization", "stop_payment_order",
            "no_action_taken",
            "security_violation", "incorrect_cvc", "invalid_cvc", "new_account_information_available",
        ]
        for code in hard { classes[code] = .hard }
        return classes
    }()
}
