import Foundation
import Primitives
import Testing

@testable import Documents

@Suite("Samples to look at", .enabled(if: ProcessInfo.processInfo.environment["DUELY_SAMPLES"] != nil))
struct LookTests {
    @Test("are written to the folder that DUELY_SAMPLES names")
    func write() throws {
        let folder = try #require(ProcessInfo.processInfo.environment["DUELY_SAMPLES"])
        var draft = try Samples.invoice(language: "fr")
        draft.mark = .draft
        draft.number = nil
        var wide = try Samples.invoice(language: "es", currency: "USD")
        wide.branding.accent = nil
        wide.customer.name = String(
            repeating: "Sociedad Internacional de Importaciones y Exportaciones ", count: 3)
        wide.lines[0] = try Samples.line(
            String(repeating: "Donaudampfschifffahrtsgesellschaftskapitän", count: 5), "123456.789",
            99_999_999)
        wide.totals.total = 900_000_000_000_000
        wide.totals.open = 900_000_000_000_000
        let samples = [
            "invoice": try Samples.invoice(), "taxed": try Samples.taxed(), "receipt": try Samples.receipt(),
            "arabic": try Samples.arabic(), "eastern": try Samples.eastern(), "long": try Samples.long(),
            "draft": draft, "wide": wide, "credit": try Samples.credit(),
            "credit_arabic": try Samples.credit(of: Samples.arabic()),
            "credit_eastern": try Samples.credit(of: Samples.eastern()),
            "credit_long": try Samples.credit(of: Samples.long()), "styled": try Samples.styled(),
            "styled_arabic": try Samples.styled(Samples.arabic()),
        ]
        for (name, document) in samples {
            let file = URL(fileURLWithPath: "\(folder)/\(name).pdf")
            try Data(try InvoicePDF.draw(document)).write(to: file)
        }
    }
}
