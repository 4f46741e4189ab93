/// How a bank answers for one card: what the documented test card numbers stand for.
public enum CardBehaviour: Hashable, Sendable, Codable {
    /// Every charge succeeds.
    case succeeds
    /// Declined whenever the card is checked or charged.
    case declines(Decline)
    /// Can be saved; every charge is declined afterwards.
    case declinesOnceSaved(Decline)
    /// The holder must confirm once; after that charges without the holder succeed.
    case needsAuthenticationUnlessSetUp
    /// The holder must confirm every charge.
    case needsAuthenticationAlways
    /// Captured, then disputed by the holder.
    case disputes

    /// The behaviour of a documented test card number; nil for any other number.
    public static func of(number: String) -> CardBehaviour? { documented[number] }

    private static let documented: [String: CardBehaviour] = [
        "4242424242424242": .succeeds,
        "4000056655665556": .succeeds,
        "5555555555554444": .succeeds,
        "2223003122003222": .succeeds,
        "378282246310005": .succeeds,
        "6011111111111117": .succeeds,
        "4000000000000077": .succeeds,
        "4000000000000002": .declines(.generic),
        "4000000000009995": .declines(.insufficientFunds),
        "4000000000009987": .declines(.lost),
        "4000000000009979": .declines(.stolen),
        "4000000000000069": .declines(.expired),
        "4000000000000127": .declines(.incorrectCheckValue),
        "4000000000000119": .declines(.processingError),
        "4000000000000341": .declinesOnceSaved(.generic),
        "4000002500003155": .needsAuthenticationUnlessSetUp,
        "4000002760003184": .needsAuthenticationAlways,
        "4000000000000259": .disputes,
    ]

    /// The documented payment method names that stand for a card, as `pm_card_visa` does.
    static func numberOf(methodName: String) -> String? { namedMethods[methodName] }

    private static let namedMethods: [String: String] = [
        "pm_card_visa": "4242424242424242",
        "pm_card_mastercard": "5555555555554444",
        "pm_card_amex": "378282246310005",
        "pm_card_visa_chargeDeclined": "4000000000000002",
        "pm_card_visa_chargeDeclinedInsufficientFunds": "4000000000009995",
        "pm_card_visa_chargeDeclinedLostCard": "4000000000009987",
        "pm_card_visa_chargeDeclinedStolenCard": "4000000000009979",
        "pm_card_chargeDeclinedExpiredCard": "4000000000000069",
        "pm_card_chargeDeclinedIncorrectCvc": "4000000000000127",
        "pm_card_chargeDeclinedProcessingError": "4000000000000119",
        "pm_card_chargeCustomerFail": "4000000000000341",
        "pm_card_authenticationRequired": "4000002760003184",
    ]
}
