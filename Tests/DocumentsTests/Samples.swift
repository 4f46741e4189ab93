import PDF
import Primitives
import Testing

@testable import Documents

/// Documents as senders issue them.
enum Samples {
    static let moment = Instant(seconds: 1_795_132_800)

    static func currency(_ code: String) throws -> Currency { try #require(Currency(code: code)) }

    static func date(_ text: String) throws -> CivilDate { try #require(CivilDate(text)) }

    static func decimal(_ text: String) throws -> ExactDecimal { try #require(ExactDecimal(text)) }

    static func line(_ text: String, _ quantity: String, _ unitAmount: Int64) throws -> InvoiceDocument.Line {
        let quantity = try decimal(quantity)
        return InvoiceDocument.Line(
            text: text, quantity: quantity, unitAmount: unitAmount,
            total: try #require(quantity.times(minorUnits: unitAmount)))
    }

    /// An issued invoice with a pay link.
    static func invoice(language: String = "en", currency code: String = "EUR") throws -> InvoiceDocument {
        let lines = [
            try line("Discovery workshop, two days on site", "2", 145_000),
            try line("Interface design — twelve screens with states, handed over as a library", "1", 390_050),
            try line("Travel", "412.5", 42),
        ]
        let total = lines.reduce(0) { $0 + $1.total }
        var document = InvoiceDocument(
            kind: .invoice, language: language,
            sender: InvoiceDocument.Party(
                name: "Northwind Studio GmbH", address: "Torstraße 12\n10119 Berlin\nGermany",
                email: "billing@northwind.example", taxID: "DE 812 345 678"),
            customer: InvoiceDocument.Party(
                name: "Acme Corporation", address: "1 Market Street\nSan Francisco, CA 94105\nUnited States",
                email: "accounts@acme.example"),
            currency: try currency(code), lines: lines,
            totals: InvoiceDocument.Totals(total: total, open: total), madeAt: moment)
        document.number = "NW-000042"
        document.issueDate = try date("2026-11-20")
        document.dueDate = try date("2026-12-20")
        document.title = "Relaunch of the booking portal"
        document.details = "Phase one, as agreed in the proposal of 2 October."
        document.branding.accent = PDFColor(hex: "#0f6b5c")
        document.payLink = "https://pay.example/pay/invoice/NW-000042-q3Zl8vXyT0pQ7mB1c9d2Rk4s"
        document.notes = "Payable within 30 days. Thank you for working with us."
        return document
    }

    /// The same, with everything that a document can show.
    static func taxed(language: String = "de") throws -> InvoiceDocument {
        var document = try invoice(language: language)
        let nineteen = try decimal("19")
        let seven = try decimal("7")
        document.lines[0].taxRates = [nineteen]
        document.lines[0].discount = 29_000
        document.lines[0].total -= 29_000
        document.lines[1].taxRates = [nineteen]
        document.lines[2].taxRates = [seven]
        let subtotal = document.lines.reduce(0) { $0 + $1.total }
        document.totals = InvoiceDocument.Totals(total: 0, open: 0)
        document.totals.subtotal = subtotal
        document.totals.taxes = [
            InvoiceDocument.TaxSum(name: "MwSt.", rate: nineteen, net: 651_050, tax: 123_700),
            InvoiceDocument.TaxSum(name: "MwSt.", rate: seven, net: 17_325, tax: 1_213),
        ]
        document.totals.total = subtotal + 124_913
        document.totals.received = 200_000
        document.totals.open = document.totals.total - 200_000
        document.payments = [
            InvoiceDocument.Payment(date: try date("2026-11-25"), method: "card", amount: 200_000)
        ]
        document.purchaseOrder = "PO-7781"
        document.branding.logo = try logo()
        return document
    }

    /// A receipt of the same.
    static func receipt(language: String = "en") throws -> InvoiceDocument {
        var document = try invoice(language: language)
        document.kind = .receipt
        document.aboutNumber = document.number
        document.totals.received = document.totals.total
        document.totals.open = 0
        document.payLink = nil
        document.notes = nil
        document.payments = [
            InvoiceDocument.Payment(date: try date("2026-11-25"), method: "card", amount: 200_000),
            InvoiceDocument.Payment(
                date: try date("2026-12-02"), method: "bank_transfer", amount: document.totals.total - 200_000
            ),
        ]
        return document
    }

    /// Arabic, with an Arabic customer and an English line.
    static func arabic() throws -> InvoiceDocument {
        var document = try invoice(language: "ar", currency: "AED")
        document.sender = InvoiceDocument.Party(
            name: "شركة الأفق للتصميم", address: "شارع الشيخ زايد ١٢\nدبي، الإمارات العربية المتحدة",
            email: "billing@ufuq.example", taxID: "100234567800003")
        document.customer = InvoiceDocument.Party(
            name: "مؤسسة المثال للتجارة (ذ.م.م)",
            address: "طريق الملك فهد\nالرياض 12271\nالمملكة العربية السعودية")
        document.title = "تصميم بوابة الحجز"
        document.details = "المرحلة الأولى حسب العرض المؤرخ في 2 أكتوبر."
        document.lines = [
            try line("استشارات تقنية", "2", 145_000), try line("API integration", "1", 390_050),
            try line(
                "تصميم واجهات المستخدم لاثنتي عشرة شاشة مع جميع الحالات والتسليم كمكتبة مكونات", "1", 88_000),
        ]
        let total = document.lines.reduce(0) { $0 + $1.total }
        document.totals = InvoiceDocument.Totals(total: total, open: total)
        document.notes = "يستحق الدفع خلال 30 يوماً. شكراً لتعاملكم معنا."
        return document
    }

    /// Chinese, Japanese, Korean, Devanagari and Thai on an English invoice.
    static func eastern() throws -> InvoiceDocument {
        var document = try invoice(language: "ja", currency: "JPY")
        document.customer = InvoiceDocument.Party(
            name: "株式会社サンプル商事", address: "〒100-0001\n東京都千代田区千代田1-1")
        document.lines = [
            try line("網站維護服務 / 保守サービス（月額）", "3", 120_000), try line("한국어 번역", "1", 88_000),
            try line("हिन्दी अनुवाद सेवा", "2", 4_500), try line("บริการแปลภาษาไทย", "1", 9_900),
        ]
        let total = document.lines.reduce(0) { $0 + $1.total }
        document.totals = InvoiceDocument.Totals(total: total, open: total)
        return document
    }

    /// A credit note of the same lines.
    static func credit(of invoice: InvoiceDocument? = nil) throws -> InvoiceDocument {
        var document = try invoice ?? taxed(language: "en")
        document.kind = .creditNote
        document.aboutNumber = document.number
        document.number = "CN-000007"
        document.dueDate = nil
        document.payLink = nil
        document.payments = []
        document.details = "The second half of the work was not needed."
        document.totals.received = 0
        document.totals.open = 0
        document.totals.refunded = 20_000
        for index in document.lines.indices where index % 2 == 1 {
            document.lines[index].quantity = nil
            document.lines[index].unitAmount = nil
        }
        return document
    }

    /// With everything that a sender can choose.
    static func styled(_ invoice: InvoiceDocument? = nil) throws -> InvoiceDocument {
        var document = try invoice ?? taxed(language: "en")
        document.branding.logo = try logo()
        document.look.font = .serif
        document.look.logoPlacement = .trailing
        document.look.pageSize = .letter
        document.look.titles = [InvoiceDocument.Wording(name: "invoice", text: "Tax invoice")]
        document.look.labels = [InvoiceDocument.Wording(name: "billed_to", text: "Bill to")]
        document.look.columns = [.quantity, .tax]
        document.look.intro = "Thank you for your order. We charge as agreed:"
        document.look.closing = "With kind regards,\nNorthwind Studio"
        return document
    }

    /// A PNG of 240 by 64 pixels.
    static func logo() throws -> PDFImage {
        try #require(Base64URL.decode(Self.logoText).flatMap { PDFImage($0) })
    }

    private static let logoText = """
        iVBORw0KGgoAAAANSUhEUgAAAPAAAABACAYAAAAkn_rnAAABiklEQVR42u3dyY3DMBBFQWXgBJ2B8z_TcAReZKr7k3V49wFb\
        hQEMLscY45CUmUWQAJYEsKQswLfHfRiE1BjwC-mvGZJUAPgMWpilIsAz4IIsTQZ8BVyQpQmAK_BCLJ0EXAkXZOkE4E54IRbA\
        4XghFsDheCEWwOF4IRbA4XghFsAAL7MOyu0vgFdeAIC1NOAdFgFgAQyw1AvwVX9gEmIflbYGnH4U0UelCMAdAHVE7KPSdoC7\
        gAFYAAejAVhbAF7511-ABXDwLiiABTDA0rqAu15R64CDtjjMALAEMMASwABLHwNOAAKx5D-\
        wBDDAEsAASwDbyGHjA8B2YgEMMMAAC-BYwE4jCeDCe6GdBwYYYIDdyCGA0wG7E0sAFzyt4lZKgAEG2L3QArjqcTNDBRhggAE\
        WwFXPixoowAB7H9gwJYABlr4GnIbYcAVwKGKDFcChiA1VAIciNlABHIrYMAVwIGRDFMChiA1QAAfuVDI4aRLghCOBEsAXYTY\
        kqRjwO9wGIYUClgSwBLCkrJ4DuydFu4SOEwAAAABJRU5ErkJggg
        """

    /// Sixty lines.
    static func long() throws -> InvoiceDocument {
        var document = try invoice()
        document.lines = try (1...60).map { index in
            try line(
                index % 7 == 0
                    ? "Item \(index): a longer description that tells what was done, when, by whom and to what end, so that "
                        + "it needs more than one line of its column"
                    : "Item \(index)", "\(index % 3 + 1)", Int64(index) * 1_250)
        }
        let total = document.lines.reduce(0) { $0 + $1.total }
        document.totals = InvoiceDocument.Totals(total: total, open: total)
        return document
    }
}
