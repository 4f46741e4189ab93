/// A currency of ISO 4217, with the number of digits of its minor unit.
public struct Currency: Hashable, Sendable {
    /// Three upper-case letters.
    public let code: String
    /// Digits of the minor unit: 0 for JPY, 2 for USD, 3 for KWD.
    public let digits: Int

    /// A currency that the standard lists with a minor unit, its code in either case; nil otherwise.
    public init?(code: some StringProtocol) {
        let code = code.uppercased()
        guard let digits = Currency.digits[code] else { return nil }
        self.code = code
        self.digits = digits
    }

    /// Every currency of the standard that has a minor unit, by code.
    public static var all: [Currency] { digits.keys.sorted().compactMap { Currency(code: $0) } }

    /// Minor units in one unit: 1, 100, 1000, 10000.
    public var minorUnitsPerUnit: Int64 { (0..<digits).reduce(1) { power, _ in power * 10 } }

    private static let digits: [String: Int] = {
        var table: [String: Int] = [:]
        for (digits, codes) in [(0, withNone), (2, withTwo), (3, withThree), (4, withFour)] {
            for code in codes.split(separator: " ") { table[String(code)] = digits }
        }
        return table
    }()

    /// A currency that the standard has withdrawn (ANG, BGN) stays here: invoices in it are still read.
    private static let withNone = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
    private static let withTwo = """
        AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BOV BRL BSD BTN BWP \
        BYN BZD CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD \
        FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD \
        KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD \
        NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP \
        SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED \
        VES WST XAD XCD XCG YER ZAR ZMW ZWG
        """
    private static let withThree = "BHD IQD JOD KWD LYD OMR TND"
    private static let withFour = "CLF UYW"
}

extension Currency: CustomStringConvertible {
    /// The code.
    public var description: String { code }
}

extension Currency: Codable {
    /// Reads a code in either case.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let currency = Currency(code: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an ISO 4217 currency")
        }
        self = currency
    }

    /// Writes the code.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(code)
    }
}
