import Primitives
import Testing

@Suite("Money is exact")
struct MoneyTests {
    @Test(
        "decimal texts are read to the minor unit",
        arguments: [
            ("19.99", "USD", 1999), ("50", "USD", 5000), ("50.0", "USD", 5000), ("50.000", "USD", 5000),
            ("5e1", "USD", 5000),
            ("7", "JPY", 7), ("0.001", "KWD", 1), ("-0.5", "EUR", -50), ("1.5E-1", "EUR", 15),
            ("0", "USD", 0),
            ("92233720368547758.07", "USD", Int64.max),
        ] as [(String, String, Int64)])
    func reading(text: String, code: String, minorUnits: Int64) throws {
        let currency = try #require(Currency(code: code))
        if minorUnits == Int64.max {
            // Nineteen significant digits are beyond what is accepted.
            #expect(throws: Money.ParseError.notANumber) { try Money(decimal: text, currency: currency) }
        } else {
            #expect(try Money(decimal: text, currency: currency).minorUnits == minorUnits)
        }
    }

    @Test(
        "what is no amount is refused",
        arguments: [
            "", "-", ".", "1.", ".5", "1,5", "1.2.3", "0x10", "1e", "1e99", "NaN", " 1", "١",
            "999999999999999999999",
        ])
    func refusing(text: String) throws {
        let dollar = try #require(Currency(code: "USD"))
        #expect(throws: Money.ParseError.self) { try Money(decimal: text, currency: dollar) }
    }

    @Test("digits finer than the currency are refused")
    func precision() throws {
        #expect(throws: Money.ParseError.tooPrecise(digits: 2)) {
            try Money(decimal: "1.999", currency: #require(Currency(code: "USD")))
        }
        #expect(throws: Money.ParseError.tooPrecise(digits: 0)) {
            try Money(decimal: "1.5", currency: #require(Currency(code: "JPY")))
        }
    }

    @Test("every currency of the standard writes and reads its own amounts", arguments: Currency.all)
    func everyCurrency(currency: Currency) throws {
        for minorUnits in [0, 1, 9, 10, 99, 100, 12_345, -1, -12_345, 1_000_000_000_000] as [Int64] {
            let money = Money(minorUnits: minorUnits, currency: currency)
            #expect(try Money(decimal: money.decimal, currency: currency) == money)
            #expect(try Money(decimal: money.shortestDecimal, currency: currency) == money)
        }
    }

    @Test("the standard's odd currencies have their digits")
    func digits() {
        #expect(["JPY", "USD", "KWD", "CLF", "kmf"].map { Currency(code: $0)?.digits } == [0, 2, 3, 4, 0])
        #expect(Currency(code: "XTS") == nil && Currency(code: "usdd") == nil && Currency(code: "") == nil)
        #expect(Currency.all.count > 160)
    }

    /// The active codes of the standard's list one that have a minor unit, by the digits it has; those without one (metals,
    /// units of account, test codes) are no currencies of invoices.
    private static let listOne: [(Int, String)] = [
        (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
        (
            2,
            """
            AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW
            CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
            IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK
            MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP
            SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG
            YER ZAR ZMW ZWG
            """
        ),
        (3, "BHD IQD JOD KWD LYD OMR TND"), (4, "CLF UYW"),
    ]

    @Test("every currency of the standard is known with its digits", arguments: listOne)
    func standard(digits: Int, codes: String) {
        for code in codes.split(whereSeparator: \.isWhitespace) {
            #expect(Currency(code: code)?.digits == digits, "\(code)")
        }
    }

    @Test("codes of the standard that are no currencies are refused")
    func noCurrencies() {
        let metalsAndFunds = ["XAG", "XAU", "XBA", "XBB", "XBC", "XBD", "XDR", "XPD", "XPT", "XSU", "XUA"]
        let (testing, none) = ("XTS", String(repeating: "X", count: 3))
        for code in metalsAndFunds + [testing, none] {
            #expect(Currency(code: code) == nil, "\(code)")
        }
    }

    @Test(
        "a quantity times an amount rounds half up, away from zero",
        arguments: [
            ("2", 50, 100), ("0.5", 1, 1), ("0.5", 3, 2), ("0.25", 1, 0), ("0.25", 2, 1),
            ("1.333", 1000, 1333),
            ("-0.5", 1, -1), ("0.005", 100, 1), ("0.0049", 100, 0), ("3", -7, -21),
        ] as [(String, Int64, Int64)])
    func multiplying(quantity: String, minorUnits: Int64, expected: Int64) throws {
        #expect(try #require(ExactDecimal(quantity)).times(minorUnits: minorUnits) == expected)
    }

    @Test("a product that does not fit is refused")
    func overflow() throws {
        #expect(try #require(ExactDecimal("999999999999999999")).times(minorUnits: Int64.max) == nil)
    }
}
