import Documents
import Foundation
import LoadKit
import Observability
import PDF
import Primitives

/// Draws documents with branding and a code one after the other, as a process does, and tells pages per second of a core.
struct PDFBenchmark {
    let documents: Int

    init(arguments: Arguments) {
        documents = arguments.int("documents", default: 1_000)
    }

    func run() async throws {
        // One page of a usual invoice; and one of three pages.
        for (name, lineCount) in [("pdf_invoice", 8), ("pdf_long_invoice", 60)] {
            try await measure(name, lineCount: lineCount)
        }
    }

    private func measure(_ name: String, lineCount: Int) async throws {
        let count = lineCount > 20 ? documents / 4 : documents
        let sample = try Self.document(0, lineCount: lineCount)
        let pages = Self.pageCount(of: try InvoicePDF.draw(sample))
        let renderer = DocumentRenderer(
            queueLimit: count, cacheBytes: 0, metrics: Metrics())
        // The thread loads its fonts once.
        _ = try await draw(renderer, 0..<8, lineCount)
        let (before, start) = (Self.processorSeconds(), ContinuousClock.now)
        let times = try await draw(renderer, 0..<count, lineCount).sorted()
        let seconds = (ContinuousClock.now - start).inSeconds
        let processor = Self.processorSeconds() - before
        let pageCount = Double(count * pages)
        Report.figure(
            name, pageCount / processor, unit: "pages/s per core",
            cpuMillisecondsPerOperation: processor / pageCount * 1_000,
            details: [
                ("documents", Double(count)), ("pages_per_document", Double(pages)),
                ("pages_per_second", pageCount / seconds), ("p50_ms", times[times.count / 2] * 1_000),
                ("p99_ms", times[min(times.count - 1, times.count * 99 / 100)] * 1_000),
            ])
    }

    /// Draws documents; the time of each in seconds.
    private func draw(_ renderer: DocumentRenderer, _ range: Range<Int>, _ lineCount: Int) async throws
        -> [Double]
    {
        var times: [Double] = []
        for index in range {
            let document = try Self.document(index, lineCount: lineCount)
            let start = ContinuousClock.now
            _ = try await renderer.pdf(of: document, fingerprint: document.fingerprint)
            times.append((ContinuousClock.now - start).inSeconds)
        }
        return times
    }

    private static func document(_ index: Int, lineCount: Int) throws -> InvoiceDocument {
        guard let currency = Currency(code: "EUR"), let quantity = ExactDecimal("2"),
            let issued = CivilDate("2026-11-20"), let due = CivilDate("2026-12-20")
        else { throw LoadFailure("the sample is wrong") }
        let lines = (0..<lineCount).map { line in
            InvoiceDocument.Line(
                text: "Item \(line + 1) of order \(index), delivered and accepted", quantity: quantity,
                unitAmount: Int64(1_000 + line * 37 + index), total: 2 * Int64(1_000 + line * 37 + index))
        }
        let total = lines.reduce(0) { $0 + $1.total }
        var document = InvoiceDocument(
            kind: .invoice, language: "en",
            sender: InvoiceDocument.Party(
                name: "Northwind Studio GmbH", address: "Torstraße 12\n10119 Berlin",
                email: "billing@northwind.example", taxID: "DE 812 345 678"),
            customer: InvoiceDocument.Party(
                name: "Customer \(index) Ltd", address: "1 Market Street\nLondon"),
            currency: currency, lines: lines, totals: InvoiceDocument.Totals(total: total, open: total),
            madeAt: Instant(seconds: 1_795_132_800))
        document.number = "NW-\(100_000 + index)"
        document.issueDate = issued
        document.dueDate = due
        document.title = "Order \(index)"
        document.branding.accent = PDFColor(hex: "#0f6b5c")
        document.payLink =
            "https://pay.example/pay/invoice/INV-NW-\(100_000 + index)-q3Zl8vXyT0pQ7mB1c9d2Rk4s"
        document.notes = "Payable within 30 days. Thank you for working with us."
        return document
    }

    /// A PNG of 240 by 64 pixels.
    private static let logo = """
        iVBORw0KGgoAAAANSUhEUgAAAPAAAABACAYAAAAkn_rnAAABiklEQVR42u3dyY3DMBBFQWXgBJ2B8z_TcAReZKr7k3V49wFb\
        hQEMLscY45CUmUWQAJYEsKQswLfHfRiE1BjwC-mvGZJUAPgMWpilIsAz4IIsTQZ8BVyQpQmAK_BCLJ0EXAkXZOkE4E54IRbA\
        4XghFsDheCEWwOF4IRbA4XghFsAAL7MOyu0vgFdeAIC1NOAdFgFgAQyw1AvwVX9gEmIflbYGnH4U0UelCMAdAHVE7KPSdoC7\
        gAFYAAejAVhbAF7511-ABXDwLiiABTDA0rqAu15R64CDtjjMALAEMMASwABLHwNOAAKx5D-\
        wBDDAEsAASwDbyGHjA8B2YgEMMMAAC-BYwE4jCeDCe6GdBwYYYIDdyCGA0wG7E0sAFzyt4lZKgAEG2L3QArjqcTNDBRhggAE\
        WwFXPixoowAB7H9gwJYABlr4GnIbYcAVwKGKDFcChiA1VAIciNlABHIrYMAVwIGRDFMChiA1QAAfuVDI4aRLghCOBEsAXYTY\
        kqRjwO9wGIYUClgSwBLCkrJ4DuydFu4SOEwAAAABJRU5ErkJggg
        """

    private static func pageCount(of file: [UInt8]) -> Int {
        String(decoding: file, as: UTF8.self).components(separatedBy: "/Type /Page %").count - 1
    }

    private static func processorSeconds() -> Double {
        var usage = rusage()
        getrusage(RUSAGE_SELF.rawValue, &usage)
        return [usage.ru_utime, usage.ru_stime].reduce(0) {
            $0 + Double($1.tv_sec) + Double($1.tv_usec) / 1e6
        }
    }
}
