import IdentityDomain
import Primitives
import Testing

@Suite struct NameTests {
    @Test(
        "an invoice prefix is letters and digits in upper case",
        arguments: [("acme", "ACME"), ("A1", "A1"), ("2026", "2026")])
    func prefix(_ text: String, _ expected: String) {
        #expect(InvoicePrefix(text)?.text == expected)
    }

    @Test("other prefixes are refused", arguments: ["", "A-B", "A B", "ÄB", "ABCDEFGHIJKLM", "A\n"])
    func badPrefix(_ text: String) {
        #expect(InvoicePrefix(text) == nil)
    }

    @Test(
        "a prefix can be taken from a name",
        arguments: [
            ("Acme Corporation", "ACME"), ("Müller & Söhne", "MLLE"), ("X", "INV"), ("", "INV"),
            ("株式会社", "INV"), ("3M", "3M"),
        ])
    func derived(_ name: String, _ expected: String) {
        #expect(InvoicePrefix(derivedFrom: name).text == expected)
        #expect(InvoicePrefix(expected)?.text == expected)
    }

    @Test(
        "a domain has labels and a name at its end",
        arguments: ["example.com", "Pay.Example.co.uk", "a-b.xn--p1ai"])
    func domain(_ text: String) {
        #expect(DomainName(text)?.text == text.lowercased())
    }

    @Test(
        "other domains are refused",
        arguments: [
            "", "localhost", "a..b", "-a.com", "a-.com", "a.com.", "1.2.3.4", "a_b.com", "a b.com", "ä.com",
            "a.com/x", "a.com:80",
        ])
    func badDomain(_ text: String) {
        #expect(DomainName(text) == nil)
    }

    @Test("a language tag is told by its form")
    func language() {
        for good in ["de", "pt-BR", "zh-Hant-TW", "gsw", "de-1996"] {
            #expect(LanguageTag(good)?.text == good)
        }
        for bad in ["", "d", "deut", "de_DE", "de-", "-de", "d1", "de-toolongtag", "de\n"] {
            #expect(LanguageTag(bad) == nil)
        }
    }

    @Test("windows of a throttle follow one another and never overlap")
    func windows() {
        let rule = ThrottleRule(name: "logins", limit: 5, windowSeconds: 60)
        #expect(rule.windowStart(at: Instant(seconds: 119)) == Instant(seconds: 60))
        #expect(rule.windowStart(at: Instant(seconds: 120)) == Instant(seconds: 120))
        #expect(rule.windowStart(at: Instant(seconds: -1)) == Instant(seconds: -60))
        #expect(rule.secondsLeft(at: Instant(seconds: 60)) == 60)
        #expect(rule.secondsLeft(at: Instant(microseconds: 119_500_000)) == 1)
    }
}
