import Observability
import Primitives
import Testing

@testable import Documents
@testable import PDF

@Suite("Documents", .timeLimit(.minutes(10)))
struct DocumentTests {
    @Test(
        "amounts are written as the language writes them",
        arguments: [
            ("en", "USD", Int64(1_234_567), "$12,345.67"), ("en", "USD", -5, "−$0.05"),
            ("en", "AED", 100_000, "AED\u{A0}1,000.00"), ("de", "EUR", 1_234_567, "12.345,67\u{A0}€"),
            ("fr", "EUR", 1_234_567, "12\u{202F}345,67\u{A0}€"), ("es", "EUR", 123_456, "1234,56\u{A0}€"),
            ("es", "EUR", 1_234_567, "12.345,67\u{A0}€"), ("de", "JPY", 7, "7\u{A0}¥"),
            ("en", "KWD", 1_234, "KWD\u{A0}1.234"), ("ar", "EUR", 123_456, "\u{200F}1,234.56\u{A0}€"),
        ])
    func amounts(language: String, currency: String, amount: Int64, expected: String) throws {
        let formats = DocumentFormats(DocumentLanguage(tag: language))
        #expect(formats.money(amount, try Samples.currency(currency)) == expected)
    }

    @Test(
        "dates are written in words",
        arguments: [
            ("en", "5 March 2026"), ("de", "5. März 2026"), ("fr", "5 mars 2026"),
            ("es", "5 de marzo de 2026"),
            ("ar", "5 مارس 2026"),
        ])
    func dates(language: String, expected: String) throws {
        let formats = DocumentFormats(DocumentLanguage(tag: language))
        #expect(formats.date(try Samples.date("2026-03-05")) == expected)
    }

    @Test("every language has twelve months and a word for every method of payment")
    func words() {
        for language in DocumentLanguage.allCases {
            let words = DocumentWords.of(language)
            #expect(words.months.count == 12)
            for method in ["card", "wallet", "credit", "manual"] {
                #expect(words.paymentMethod(method) != method)
            }
        }
        #expect(DocumentWords.of(.english).paymentMethod("sepa_debit") == "sepa debit")
    }

    @Test("whatever changes on a document changes its fingerprint")
    func fingerprint() throws {
        let changes: [(inout InvoiceDocument) -> Void] = [
            { $0.kind = .receipt }, { $0.mark = .void }, { $0.language = "en" }, { $0.sender.name = "x" },
            { $0.sender.address = nil }, { $0.sender.email = nil }, { $0.sender.taxID = nil },
            { $0.customer.name = "x" }, { $0.customer.address = nil }, { $0.customer.taxID = "x" },
            { $0.branding.accent = nil }, { $0.branding.logo = nil }, { $0.branding.footer = "x" },
            { $0.number = "x" },
            { $0.aboutNumber = "x" }, { $0.issueDate = nil }, { $0.dueDate = nil },
            { $0.purchaseOrder = nil },
            { $0.title = nil }, { $0.details = nil }, { $0.payLink = nil }, { $0.notes = nil },
            { $0.madeAt = Instant(seconds: 1) }, { $0.lines[0].text = "x" }, { $0.lines[0].unitAmount = nil },
            { $0.lines[0].quantity = nil },
            { $0.look.font = .serif }, { $0.look.logoPlacement = .hidden }, { $0.look.pageSize = .letter },
            { $0.look.intro = "x" }, { $0.look.closing = "x" }, { $0.look.columns = [] },
            { $0.look.titles = [InvoiceDocument.Wording(name: "invoice", text: "x")] },
            { $0.look.labels = [InvoiceDocument.Wording(name: "invoice", text: "x")] },
            { $0.lines[0].discount = nil }, { $0.lines[0].taxRates = nil }, { $0.lines[0].total += 1 },
            { $0.lines[0].quantity = ExactDecimal(coefficient: 3, fractionDigits: 0) },
            { $0.lines.removeLast() }, { $0.totals.subtotal = nil }, { $0.totals.discount = 1 },
            { $0.totals.total += 1 }, { $0.totals.credited += 1 }, { $0.totals.received += 1 },
            { $0.totals.refunded += 1 }, { $0.totals.open += 1 }, { $0.totals.taxes[0].name = nil },
            { $0.totals.taxes[0].net += 1 }, { $0.totals.taxes[0].tax += 1 },
            { $0.totals.taxes[0].isIncluded = true }, { $0.payments[0].amount += 1 },
            {
                $0.instalments = [
                    InvoiceDocument.Instalment(
                        number: 1, dueDate: CivilDate(daysSince1970: 1), amount: 1, open: 1)
                ]
            },
            { $0.payments[0].method = "cash" }, { $0.payments.removeAll() },
            { $0.currency = Currency(code: "USD") ?? $0.currency },
        ]
        let document = try Samples.taxed()
        var seen: Set<[UInt8]> = [document.fingerprint]
        #expect(try Samples.taxed().fingerprint == document.fingerprint)
        for (index, change) in changes.enumerated() {
            var changed = document
            change(&changed)
            #expect(seen.insert(changed.fingerprint).inserted, "change \(index)")
        }
    }

    @Test("texts lose what has no shape and what would turn others around, and nothing else")
    func plainText() {
        #expect(PlainText.paragraphs("a\u{202E}b\u{0}c\r\nd\u{2028}e") == ["abc", "d", "e"])
        #expect(PlainText.paragraphs("é ك 漢 👍🏽 ก้") == ["é ك 漢 👍🏽 ก้"])
        #expect(PlainText.paragraphs("") == [""])
        #expect(PlainText.direction(of: "12 مرحبا abc") == .rightToLeft)
        #expect(PlainText.direction(of: "12 abc مرحبا") == .leftToRight)
        #expect(PlainText.direction(of: "12.50") == nil)
    }

    @Test("a link is escaped, and nothing but a web address becomes one")
    func links() {
        #expect(
            PDFPainter.linkAttributes("https://a.example/x'y\\z ü")
                == "uri='https://a.example/x%27y%5Cz%20%C3%BC'")
        #expect(PDFPainter.linkAttributes("javascript:alert(1)") == nil)
    }

    @Test("ink on a colour can be read, and a colour is darkened until it can be read itself")
    func colours() throws {
        for hex in ["#ffff00", "#ffffff", "#000000", "#0f6b5c", "#ff00aa", "#7fdbff"] {
            let color = try #require(PDFColor(hex: hex))
            #expect(color.readableOnWhite.contrast(with: .white) >= 4.5, "\(hex)")
            #expect(color.contrast(with: color.readableInk) >= 3, "\(hex)")
        }
        #expect(PDFColor(hex: "#12345") == nil)
        #expect(PDFColor(hex: "#+12345") == nil)
        #expect(PDFColor(hex: "red") == nil)
    }

    @Test("the last documents are remembered in so much memory, the oldest leaves first")
    func cache() {
        let cache = DocumentCache(maximumBytes: 100)
        for index in 0..<20 { cache.keep([UInt8](repeating: UInt8(index), count: 30), under: [UInt8(index)]) }
        #expect(cache.byteCount == 90)
        #expect(cache[[16]] == nil)
        #expect(cache[[17]]?.first == 17)
        cache.keep([UInt8](repeating: 0, count: 101), under: [99])
        #expect(cache[[99]] == nil)
    }

    @Test("a full queue refuses at once, and what was accepted is drawn")
    func fullQueue() async throws {
        let renderer = DocumentRenderer(
            queueLimit: 2, cacheBytes: 1 << 20, metrics: Metrics())
        let answers = try await withThrowingTaskGroup(of: Bool.self) { group in
            for index in 0..<24 {
                var document = try Samples.invoice()
                document.number = "NW-\(index)"
                let asked = document
                group.addTask {
                    do throws(DocumentRenderer.Failure) {
                        return try await !renderer.pdf(of: asked, fingerprint: asked.fingerprint).isEmpty
                    } catch {
                        guard error == .overloaded else { throw error }
                        return false
                    }
                }
            }
            return try await group.reduce(into: [Bool]()) { $0.append($1) }
        }
        #expect(answers.contains(true))
        #expect(answers.contains(false))
        let document = try Samples.invoice()
        let first = try await renderer.pdf(of: document, fingerprint: document.fingerprint)
        #expect(try await renderer.pdf(of: document, fingerprint: document.fingerprint) == first)
    }
}
