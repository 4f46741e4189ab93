import Primitives

/// The card behind a payment method; the number itself is forgotten once its behaviour is known.
public struct Card: Sendable, Hashable, Codable {
    /// How the bank answers.
    public let behaviour: CardBehaviour
    /// The network.
    public let brand: String
    /// The last four digits.
    public let last4: String
    /// The month after which it is no longer good.
    public let expiryMonth: Int
    /// The year of that month.
    public let expiryYear: Int
    /// The same for the same number, without revealing it.
    public let fingerprint: String

    /// Checks the details as the gateway does before any bank is asked.
    init(_ form: FormBody, at now: Instant) throws(GatewayError) {
        guard let typed = form["card[number]"] else { throw .required("card[number]") }
        let number = typed.filter { $0 != " " && $0 != "-" }
        guard (12...19).contains(number.utf8.count), number.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            Card.hasCheckDigit(number)
        else { throw Card.wrong("incorrect_number", "Your card number is incorrect.", "number") }
        guard let month = form.integer("card[exp_month]"), (1...12).contains(month) else {
            throw Card.wrong("invalid_expiry_month", "Your card's expiration month is invalid.", "exp_month")
        }
        guard var year = form.integer("card[exp_year]") else { throw .required("card[exp_year]") }
        if year < 100 { year += 2000 }
        let today = CivilDate(daysSince1970: Int(now.seconds / 86_400))
        guard (year, month) >= (today.year, today.month), year < today.year + 50 else {
            throw Card.wrong("invalid_expiry_year", "Your card's expiration year is invalid.", "exp_year")
        }
        if let checkValue = form["card[cvc]"] {
            guard (3...4).contains(checkValue.utf8.count),
                checkValue.utf8.allSatisfy({ (0x30...0x39).contains($0) })
            else { throw Card.wrong("invalid_cvc", "Your card's security code is invalid.", "cvc") }
        }
        self.init(number: number, month: month, year: year)
    }

    init(number: String, month: Int, year: Int) {
        behaviour = CardBehaviour.of(number: number) ?? .declines(.liveNumber)
        brand = Card.brand(of: number)
        last4 = String(number.suffix(4))
        expiryMonth = month
        expiryYear = year
        fingerprint = String(
            RawID.v5(namespace: Card.namespace, name: number).uuidString.filter { $0 != "-" }.prefix(16))
    }

    private static let namespace = RawID(high: 0x6475_656c_7920_6361, low: 0x8264_2066_696e_6765)

    private static func wrong(_ code: String, _ message: String, _ parameter: String) -> GatewayError {
        GatewayError(status: 402, kind: .card, code: code, message: message, parameter: parameter)
    }

    private static func brand(of number: String) -> String {
        switch number.prefix(2) {
        case "34", "37": "amex"
        case "51"..."55", "22"..."27": "mastercard"
        case "60", "65": "discover"
        default: number.hasPrefix("4") ? "visa" : "unknown"
        }
    }

    private static func hasCheckDigit(_ number: String) -> Bool {
        var sum = 0
        for (index, byte) in number.utf8.reversed().enumerated() {
            let digit = Int(byte) - 0x30
            let doubled = index.isMultiple(of: 2) ? digit : digit * 2
            sum += doubled > 9 ? doubled - 9 : doubled
        }
        return sum.isMultiple(of: 10)
    }
}
