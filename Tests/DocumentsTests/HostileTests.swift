import PDF
import Primitives
import Testing

@testable import Documents

@Suite("Hostile texts", .timeLimit(.minutes(10)))
struct HostileTests {
    private static let texts: [String] = [
        "", "\u{0}\u{1}\u{7}\u{1B}[31m\u{7F}\u{9B}", String(repeating: "W", count: 1_000_000),
        String(repeating: "ﷺ", count: 5_000), "e" + String(repeating: "\u{0301}", count: 5_000),
        "\u{202E}00.1 RSU\u{202C}\u{2066}\u{2069}", "👩‍👩‍👧‍👦🏳️‍🌈🇩🇪👍🏽", "\u{FFFE}\u{FFFF}\u{E0001}\u{FEFF}",
        String(repeating: "\n", count: 3_000), "<b>&amp;</b> %s %n ${x} ' \" \\ ) (",
        "a\u{2028}b\u{2029}c\r\nd\te",
        String(repeating: "مرحبا hello ", count: 800), "\u{200D}\u{200C}\u{200B}",
        "\u{10FFFF}\u{F0000}\u{E000}",
    ]

    @Test("never keep a document from being drawn, wherever they stand", arguments: texts.indices)
    func everywhere(index: Int) throws {
        let text = Self.texts[index]
        for language in ["en", "ar"] {
            var document = try Samples.taxed(language: language)
            document.sender = InvoiceDocument.Party(name: text, address: text, email: text, taxID: text)
            document.customer = InvoiceDocument.Party(name: text, address: text, email: text, taxID: text)
            document.number = text
            document.aboutNumber = text
            document.purchaseOrder = text
            document.title = text
            document.details = text
            document.notes = text
            document.branding.footer = text
            document.payLink = "https://pay.example/" + text
            document.lines[0].text = text
            document.payments[0].method = text
            document.totals.taxes[0].name = text
            document.mark = .draft
            let bytes = try InvoicePDF.draw(document)
            #expect(bytes.starts(with: Array("%PDF-1.5".utf8)))
            #expect(bytes.suffix(8).contains(UInt8(ascii: "%")), "it is complete")
        }
    }

    @Test("a language tag that is none is English")
    func language() throws {
        for tag in ["", "x", "'; DROP", String(repeating: "a", count: 10_000), "de_AT", "EN-us"] {
            var document = try Samples.invoice()
            document.language = tag
            #expect(try !InvoicePDF.draw(document).isEmpty)
        }
        #expect(DocumentLanguage(tag: "de_AT") == .german)
        #expect(DocumentLanguage(tag: "zh-Hant") == .english)
    }

    @Test("amounts of any size stay in their columns", arguments: [Int64.max / 2, -1, 0])
    func amounts(amount: Int64) throws {
        for language in ["en", "de", "ar"] {
            var document = try Samples.taxed(language: language)
            document.lines[0].unitAmount = amount
            document.totals.total = amount
            document.totals.open = amount
            #expect(try !InvoicePDF.draw(document).isEmpty)
        }
    }

    @Test("a document without end is refused, not drawn")
    func endless() throws {
        var document = try Samples.invoice()
        let text = String(repeating: "l\n", count: 2_900)
        document.lines = try (1...400).map { _ in try Samples.line(text, "1", 1) }
        let error = #expect(throws: PDFError.self) { try InvoicePDF.draw(document) }
        #expect(error?.code == .tooManyPages)
    }

    @Test("a picture that is damaged or too large is left out")
    func pictures() throws {
        let head: [UInt8] = [
            0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52,
        ]
        #expect(
            PDFImage(head + [0, 1, 0, 0, 0, 1, 0, 0, 8, 2, 0, 0, 0, 0, 0, 0, 0]) == nil, "65 536 squared")
        #expect(PDFImage([0xFF, 0xD8, 0xFF, 0xC0]) == nil)
        #expect(PDFImage(Array("GIF89a".utf8)) == nil)
        let damaged = try #require(PDFImage(head + [0, 0, 0, 9, 0, 0, 0, 9, 8, 2, 0, 0, 0, 0, 0, 0, 0]))
        var document = try Samples.invoice()
        document.branding.logo = damaged
        #expect(try !InvoicePDF.draw(document).isEmpty)
    }
}
