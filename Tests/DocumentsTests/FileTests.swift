import Foundation
import PDF
import Primitives
import TestKit
import Testing

@testable import Documents

/// What other programs read in the files.
@Suite("Documents as files", .timeLimit(.minutes(10)))
struct FileTests {
    /// A file that is gone when the test is over.
    private static func with<Value>(
        _ document: InvoiceDocument, _ body: (String) async throws -> Value
    ) async throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "duely-pdf-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let path = folder.appendingPathComponent("document.pdf")
        try Data(try InvoicePDF.draw(document)).write(to: path)
        do {
            let value = try await body(path.path)
            try FileManager.default.removeItem(at: folder)
            return value
        } catch {
            try FileManager.default.removeItem(at: folder)
            throw error
        }
    }

    private static func text(of document: InvoiceDocument) async throws -> String {
        let text = try await with(document) { try await run(["pdftotext", "-layout", $0, "-"]) }
        // The reader tells the direction of runs by marks of its own, and has one kind of space.
        return String(
            String.UnicodeScalarView(
                text.unicodeScalars.filter {
                    !(0x200E...0x200F).contains($0.value) && !(0x202A...0x202E).contains($0.value)
                }
                .map { $0.value == 0xA0 ? " " : $0 }))
    }

    private static func run(_ command: [String]) async throws -> String {
        let output = try await ChildProcess.run(command)
        #expect(output.status == 0, "\(output.errors)")
        return output.text
    }

    @Test("the parts in which an invoice is paid stand on it with their days")
    func instalments() async throws {
        var document = try Samples.invoice()
        document.instalments = [
            InvoiceDocument.Instalment(
                number: 1, dueDate: try Samples.date("2026-12-01"), amount: 350_000, open: 0),
            InvoiceDocument.Instalment(
                number: 2, dueDate: try Samples.date("2026-12-20"), amount: 347_375, open: 347_375),
        ]
        let text = try await Self.text(of: document)
        #expect(text.contains("Instalments"))
        #expect(text.contains("1. 1 December 2026"))
        #expect(text.contains("€3,500.00") && text.contains("€3,473.75"))
    }

    @Test(
        "the same document is the same file, another one is not", arguments: ["en", "de", "fr", "es", "ar"])
    func stable(language: String) throws {
        let document = try Samples.invoice(language: language)
        let first = try InvoicePDF.draw(document)
        #expect(try InvoicePDF.draw(document) == first)
        var other = document
        other.customer.name = "Acme Limited"
        #expect(try InvoicePDF.draw(other) != first)
    }

    @Test("documents that many threads draw at once are the same files as when they are drawn alone")
    func threads() async throws {
        let documents = [
            try Samples.eastern(), try Samples.arabic(), try Samples.taxed(), try Samples.receipt(),
            try Samples.long(),
        ]
        let alone = try documents.map { try InvoicePDF.draw($0) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<6 {
                for (document, file) in zip(documents, alone) {
                    group.addTask {
                        let drawn = try InvoicePDF.draw(document)
                        #expect(drawn == file)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    @Test("number, parties, dates, lines and amounts are in the text")
    func words() async throws {
        let text = try await Self.text(of: try Samples.invoice())
        for part in [
            "Invoice", "NW-000042", "Northwind Studio GmbH", "Acme Corporation", "20 November 2026",
            "20 December 2026", "Travel", "412.5", "€0.42", "€173.25", "€6,973.75", "Pay online",
            "Page 1 of 1",
            "Payable within 30 days", "DE 812 345 678",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test("taxes, discounts, payments and what is open are in the text, as German writes them")
    func taxes() async throws {
        let text = try await Self.text(of: try Samples.taxed())
        for part in [
            "Rechnung", "PO-7781", "19 %", "7 %", "−290,00 €", "6.683,75 €",
            "1.237,00 €",
            "7.932,88 €", "−2.000,00 €", "5.932,88 €", "Steuerübersicht", "6.510,50 €",
            "Karte",
            "25. November 2026",
        ] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test("Arabic, Chinese, Japanese, Korean, Devanagari and Thai can be searched for")
    func scripts() async throws {
        let eastern = try await Self.text(of: try Samples.eastern())
        for part in ["株式会社サンプル商事", "網站維護服務", "한국어", "¥466,900", "¥120,000"] {
            #expect(eastern.contains(part), "\(part)")
        }
        #expect(eastern.contains("บริการ"))
        // Between letters that touch, the reader sees gaps that are none.
        let arabic = try await Self.text(of: try Samples.arabic()).filter { $0 != " " }
        for part in ["فاتورة", "مؤسسةالمثالللتجارة", "تصميمبوابةالحجز", "7,680.50", "APIintegration"] {
            #expect(arabic.contains(part), "\(part)")
        }
    }

    @Test("sixty lines break over pages that repeat the head and count themselves")
    func pages() async throws {
        let text = try await Self.text(of: try Samples.long())
        let pages = text.split(separator: "\u{C}").map(String.init).filter { $0.contains("Page") }
        #expect(pages.count >= 2)
        for (index, page) in pages.enumerated() {
            #expect(page.contains("Page \(index + 1) of \(pages.count)"))
            let hasLines = page.contains("Item ")
            #expect(page.contains("Unit price") == hasLines, "page \(index + 1)")
            if index > 0 { #expect(page.contains("Invoice NW-000042")) }
        }
        for index in 1...60 { #expect(text.contains("Item \(index)")) }
    }

    @Test("it is tagged, has title and author, and its links lead to the payment")
    func structure() async throws {
        let document = try Samples.invoice()
        let link = try #require(document.payLink)
        try await Self.with(document) { path in
            let info = try await Self.run(["pdfinfo", path])
            #expect(info.contains("Tagged:          yes"))
            #expect(info.contains("Title:           Invoice NW-000042"))
            #expect(info.contains("Author:          Northwind Studio GmbH"))
            let links = try await Self.run(["pdfinfo", "-url", path])
            #expect(links.contains(link))
            let tags = try await Self.run(["pdfinfo", "-struct", path])
            for tag in ["H1", "TR", "TH", "TD", "Link"] { #expect(tags.contains(tag)) }
        }
    }

    @Test("the code is read by a reader of codes, and leads to the payment")
    func code() async throws {
        let document = try Samples.invoice()
        let link = try #require(document.payLink)
        try await Self.with(document) { path in
            _ = try await Self.run(["pdftoppm", "-r", "150", "-png", "-singlefile", path, path])
            let read = try await Self.run(["zbarimg", "--quiet", "--raw", path + ".png"])
            #expect(read.trimmingCharacters(in: .whitespacesAndNewlines) == link)
        }
    }

    @Test("a paid, voided or draft invoice has no way to pay it")
    func nothingToPay() async throws {
        var paid = try Samples.invoice()
        paid.totals.open = 0
        var void = try Samples.invoice()
        void.mark = .void
        var draft = try Samples.invoice()
        draft.mark = .draft
        for document in [paid, void, draft] {
            #expect(try await !Self.text(of: document).contains("Pay online"))
        }
        #expect(try await Self.text(of: paid).contains("Paid in full"))
        #expect(try await Self.text(of: void).contains("Void"))
        #expect(try await Self.text(of: draft).contains("Draft"))
    }

    @Test("a receipt tells what was paid, when and how")
    func receipt() async throws {
        let text = try await Self.text(of: try Samples.receipt())
        for part in [
            "Receipt", "Amount paid", "€6,973.75", "25 November 2026", "Card", "2 December 2026",
            "Bank transfer",
        ] {
            #expect(text.contains(part), "\(part)")
        }
        #expect(!text.contains("Amount due"))
    }
}
