import NotificationDomain
import Primitives
import Testing

struct LetterTests {
    private func letter(
        _ kind: MailKind, _ language: MailLanguage = .english, sender: String = "Acme", name: String? = "Ada",
        link: String? = "https://pay.example/pay/invoice/INV-1", facts: MailFacts
    ) -> Letter {
        LetterWriter.write(
            LetterRequest(
                kind: kind, language: language, recipientName: name, senderName: sender,
                senderAddress: "1 Main Street\nSpringfield", facts: facts, link: link))
    }

    private let facts = MailFacts(
        number: "ACME-000001", title: "Consulting", currency: Currency(code: "EUR"), amountMinor: 123_450,
        dueDate: CivilDate("2026-03-31"))

    @Test("the sender's own words stand in place of the usual ones, filled in and harmless")
    func ownWords() {
        var facts = facts
        facts.title = "{number} <b>"
        facts.subject = "{title}: {amount} until {due_date}"
        facts.intro = "Dear {client_name},\nthis is {number}.\n\n<script>{unknown}</script> {sender_name}"
        let letter = letter(.invoice, facts: facts)
        // What is put in is not looked at again.
        #expect(letter.subject == "{number} <b>: €1,234.50 until 31 March 2026")
        #expect(
            letter.paragraphs == [
                "Dear Ada,\nthis is ACME-000001.", "<script>{unknown}</script> Acme",
            ])
        let html = letter.html(accentColor: nil)
        #expect(html.contains("<p>Dear Ada,<br>\nthis is ACME-000001.</p>"))
        #expect(html.contains("&lt;script&gt;") && !html.contains("<script>"))
    }

    @Test("an invoice mail says who, what, how much, by when, and where to pay")
    func invoice() {
        let text = letter(.invoice, facts: facts).text
        #expect(
            text == """
                Hello Ada,

                Acme has sent you an invoice.

                Invoice: ACME-000001
                Title: Consulting
                Amount due: €1,234.50
                Due by: 31 March 2026

                View and pay:
                https://pay.example/pay/invoice/INV-1

                -- \nAcme
                1 Main Street
                Springfield

                """)
    }

    @Test("the same mail in German")
    func german() {
        let german = letter(.invoice, .german, facts: facts)
        #expect(german.subject == "Rechnung ACME-000001 von Acme")
        #expect(german.text.contains("Offener Betrag: 1.234,50 €"))
        #expect(german.text.contains("Zahlbar bis: 31. März 2026"))
    }

    @Test(
        "every kind in every language has a subject, a greeting and no gap left open",
        arguments: MailKind.allCases)
    func complete(_ kind: MailKind) {
        for language in MailLanguage.allCases {
            for nextAttempt in [nil, CivilDate("2026-04-02")] {
                var facts = facts
                facts.nextAttemptOn = nextAttempt
                let letter = letter(kind, language, facts: facts)
                #expect(!letter.subject.isEmpty && !letter.greeting.isEmpty && !letter.paragraphs.isEmpty)
                #expect(!(letter.subject + letter.text).contains("{"))
                #expect((letter.action != nil) == kind.needsLink)
                #expect(letter.html(accentColor: nil).contains("<html lang=\"\(language.rawValue)\">"))
            }
        }
    }

    @Test("the notice of a change of the address says how to take it back, and names no address")
    func emailChange() {
        for (language, word) in [(MailLanguage.english, "new password"), (.german, "neues Passwort")] {
            let letter = letter(.emailChange, language, link: "https://pay.example/", facts: MailFacts())
            #expect(letter.note?.contains(word) == true)
            #expect(letter.action?.address == "https://pay.example/" && !letter.text.contains("@"))
        }
    }

    @Test(
        "a security notice says what was done, when and from which network, and what to do about it",
        arguments: SecurityAct.allCases)
    func security(_ act: SecurityAct) throws {
        let at = try #require(Instant(rfc3339: "2027-03-31T14:05:59Z"))
        let facts = MailFacts(securityAct: act, actedAt: at, network: "192.0.2.*")
        let english = letter(.securityNotice, link: "https://pay.example/", facts: facts)
        let german = letter(.securityNotice, .german, link: "https://pay.example/", facts: facts)
        let general = letter(.securityNotice, link: "https://pay.example/", facts: MailFacts())
        #expect(english.text.contains("When: 31 March 2027, 14:05 UTC"))
        #expect(english.text.contains("From the network: 192.0.2.*"))
        #expect(german.text.contains("Wann: 31. März 2027, 14:05 UTC"))
        #expect(english.subject != general.subject && english.subject != german.subject)
        #expect(english.note?.isEmpty == false && german.note?.isEmpty == false)
        #expect(english.action?.address == "https://pay.example/")
    }

    @Test("a declined card: what happens next depends on whether trying again can help")
    func failed() {
        var facts = facts
        facts.nextAttemptOn = CivilDate("2026-04-02")
        #expect(letter(.paymentFailed, facts: facts).text.contains("We will try again on 2 April 2026."))
        facts.needsNewCard = true
        #expect(letter(.paymentFailed, facts: facts).text.contains("save another card"))
    }

    @Test("what people typed cannot become markup, nor be filled in twice")
    func escaping() {
        let letter = letter(
            .invoice, sender: "<b>{number}</b> & \"Sons\"", name: "O'Hara",
            link: "https://pay.example/?a=1&b=\"2\"", facts: facts)
        let html = letter.html(accentColor: "javascript:alert(1)")
        #expect(!html.contains("<b>") && !html.contains("javascript"))
        #expect(html.contains("&lt;b&gt;{number}&lt;/b&gt; &amp; &quot;Sons&quot; has sent you an invoice."))
        #expect(html.contains("O&#39;Hara"))
        #expect(html.contains("href=\"https://pay.example/?a=1&amp;b=&quot;2&quot;\""))
        #expect(letter.html(accentColor: "#00aa11").contains("background:#00aa11"))
    }

    @Test(
        "amounts as people write them",
        arguments: [
            ("EUR", 0, "€0.00", "0,00 €"), ("EUR", -123_456_789, "−€1,234,567.89", "−1.234.567,89 €"),
            ("JPY", 1_000, "¥1,000", "1.000 ¥"), ("KWD", 1_500, "KWD 1.500", "1,500 KWD"),
            ("USD", 99_999, "$999.99", "999,99 $"),
        ])
    func amounts(_ code: String, _ minor: Int64, _ english: String, _ german: String) throws {
        let money = Money(minorUnits: minor, currency: try #require(Currency(code: code)))
        #expect(MailLanguage.english.text(money) == english)
        #expect(MailLanguage.german.text(money) == german)
    }

    @Test("the language of a tag; English for what is not known")
    func languages() {
        #expect(MailLanguage(tag: "de-AT") == .german)
        #expect(MailLanguage(tag: "DE") == .german)
        #expect(MailLanguage(tag: "fr") == .english)
        #expect(MailLanguage(tag: nil) == .english)
        #expect(MailLanguage(tag: "") == .english)
    }
}
