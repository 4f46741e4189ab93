/// Why a bank declines a card, in the codes of the gateway's API.
public struct Decline: Hashable, Sendable, Codable {
    /// The error code: `card_declined`, or one that says what is wrong with the card.
    public let code: String
    /// The bank's reason.
    public let declineCode: String
    /// What the holder may read.
    public let message: String

    /// A decline with these codes.
    public init(
        code: String = "card_declined", declineCode: String, message: String = "Your card was declined."
    ) {
        self.code = code
        self.declineCode = declineCode
        self.message = message
    }

    static let generic = Decline(declineCode: "generic_decline")
    static let insufficientFunds = Decline(
        declineCode: "insufficient_funds", message: "Your card has insufficient funds.")
    static let lost = Decline(declineCode: "lost_card")
    static let stolen = Decline(declineCode: "stolen_card")
    static let liveNumber = Decline(
        declineCode: "test_mode_live_card",
        message: "Your card was declined. Your request was in test mode, but used a non test card.")
    static let expired = Decline(
        code: "expired_card", declineCode: "expired_card", message: "Your card has expired.")
    static let incorrectCheckValue = Decline(
        code: "incorrect_cvc", declineCode: "incorrect_cvc",
        message: "Your card's security code is incorrect.")
    static let processingError = Decline(
        code: "processing_error", declineCode: "processing_error",
        message: "An error occurred while processing your card. Try again in a little bit.")
    static let authenticationRequired = Decline(
        code: "authentication_required", declineCode: "authentication_required",
        message: "Your card was declined. This transaction requires authentication.")

    var error: GatewayError {
        GatewayError(status: 402, kind: .card, code: code, declineCode: declineCode, message: message)
    }
}
