import PDF
import Primitives

/// Lays an invoice out on pages: head, panel, lines, totals, and what follows.
struct InvoicePages {
    let invoice: InvoiceDocument
    let document: PDFDocument
    let theme: DocumentTheme
    let words: DocumentWords
    let formats: DocumentFormats
    var flow: PageFlow

    init(_ invoice: InvoiceDocument, document: PDFDocument, language: DocumentLanguage) {
        self.invoice = invoice
        self.document = document
        theme = DocumentTheme(accent: invoice.branding.accent, page: document.size)
        words = DocumentWords(language, invoice.look)
        formats = DocumentFormats(language)
        flow = PageFlow(document: document, theme: theme)
    }

    /// All pages, ready to be drawn.
    mutating func laidOut() -> [PDFPage] {
        head()
        parties()
        panel()
        subject()
        lines()
        totals()
        taxSummary()
        payments()
        notes()
        closing()
        frame()
        return flow.pages
    }

    func money(_ amount: Int64) -> String { formats.money(amount, invoice.currency) }

    func text(_ text: String, _ style: PDFTextStyle, width: Double) -> PDFText {
        document.text(text, style, width: width)
    }

    /// The largest of some sizes at which a text stands on one line.
    func fitted(_ string: String, _ style: PDFTextStyle, width: Double, sizes: [Double]) -> PDFText {
        var style = style
        style.maximumLines = 1
        var set = text(string, style, width: width)
        for size in sizes {
            style.size = size
            style.maximumLines = nil
            set = text(string, style, width: width)
            if set.lineCount == 1 { return set }
        }
        return text(string, style.lines(1), width: width)
    }

    // MARK: - The first page

    /// Who writes, at the left; what it is, at the right.
    private mutating func head() {
        let (left, width) = (theme.margin, theme.width)
        let titleWidth = 250.0
        let senderWidth = width - titleWidth - 16
        let right = left + width - titleWidth
        let placement = invoice.look.logoPlacement ?? .leading
        var rightEnd = theme.top - 8
        if placement == .trailing, let logo = invoice.branding.logo {
            let size = logo.fitted(width: titleWidth, height: Self.logoHeight)
            self.logo(
                logo,
                PDFBox(x: left + width - size.width, y: theme.top, width: size.width, height: size.height))
            rightEnd = theme.top + size.height + 8
        }
        let kind = fitted(words.title(invoice.kind), theme.kind, width: titleWidth, sizes: [28, 22, 16])
        flow.put([.element(.heading, [.text(kind, at: PDFPoint(x: right, y: rightEnd))])])
        rightEnd += kind.height
        let under = [invoice.number, invoice.mark.map { words.mark($0) }].compactMap { $0 }.joined(
            separator: " · ")
        let number = text(
            under, PDFTextStyle(size: 11, color: theme.muted, alignment: .trailing, maximumLines: 1),
            width: titleWidth)
        flow.put([.element(.paragraph, [.text(number, at: PDFPoint(x: right, y: rightEnd))])])
        rightEnd += number.height

        if placement == .leading, let logo = invoice.branding.logo {
            let size = logo.fitted(width: min(senderWidth, 190), height: Self.logoHeight)
            self.logo(logo, PDFBox(x: left, y: flow.y, width: size.width, height: size.height))
            flow.y += size.height + 10
            block(invoice.sender.name, theme.name, x: left, width: senderWidth)
        } else {
            block(invoice.sender.name, theme.senderName, x: left, width: senderWidth)
        }
        flow.y += 2
        party(invoice.sender, theme.quiet, x: left, width: senderWidth)
        flow.y = max(flow.y, rightEnd) + 26
    }

    private static let logoHeight = 46.0

    private mutating func logo(_ image: PDFImage, _ box: PDFBox) {
        flow.put([.element(.figure, [.image(image, box)])])
    }

    /// The customer at the left, dates and numbers at the right.
    private mutating func parties() {
        let top = flow.y
        let (left, width) = (theme.margin, theme.width)
        let factsWidth = 220.0
        block(words.billedTo, theme.label, x: left, width: width - factsWidth - 28)
        flow.y += 3
        block(invoice.customer.name, theme.name, x: left, width: width - factsWidth - 28)
        flow.y += 1
        party(invoice.customer, theme.body, x: left, width: width - factsWidth - 28)
        let end = flow.y
        flow.y = top
        facts(x: left + width - factsWidth, width: factsWidth)
        flow.y = max(flow.y, end) + 20
    }

    private mutating func facts(x: Double, width: Double) {
        let facts: [(String, String?)] = [
            (words.number, invoice.kind == .invoice ? invoice.number : nil),
            (words.aboutInvoice, invoice.aboutNumber),
            (words.issueDate, invoice.issueDate.map(formats.date)),
            (words.dueDate, invoice.kind == .invoice ? invoice.dueDate.map(formats.date) : nil),
            (words.purchaseOrder, invoice.purchaseOrder),
        ]
        for (label, value) in facts {
            guard let value else { continue }
            let name = text(label, theme.quiet, width: width * 0.42)
            let content = text(value, theme.strong.aligned(.trailing).lines(3), width: width * 0.56)
            flow.put([
                .element(
                    .paragraph,
                    [
                        .text(name, at: PDFPoint(x: x, y: flow.y + 0.4)),
                        .text(content, at: PDFPoint(x: x + width * 0.44, y: flow.y)),
                    ])
            ])
            flow.y += max(name.height, content.height) + 4
            flow.put([.fill(PDFBox(x: x, y: flow.y - 2, width: width, height: 0.5), theme.hair)])
            flow.y += 2.5
        }
    }

    private mutating func party(
        _ party: InvoiceDocument.Party, _ style: PDFTextStyle, x: Double, width: Double
    ) {
        var parts = [party.address, party.email].compactMap { $0 }.filter { !$0.isEmpty }
        if let taxID = party.taxID { parts.append("\(words.taxID)\u{A0}\(taxID)") }
        for part in parts { block(part, style.lines(8), x: x, width: width) }
    }

    /// A text of the first page, whose parts are short enough never to leave it.
    private mutating func block(_ string: String, _ style: PDFTextStyle, x: Double, width: Double) {
        let set = text(string, style, width: width)
        flow.put([.element(.paragraph, [.text(set, at: PDFPoint(x: x, y: flow.y))])])
        flow.y += set.height
    }

    /// What the invoice is about.
    private mutating func subject() {
        let (left, width) = (theme.margin, theme.width)
        if let title = invoice.title, !title.isEmpty {
            flow.paragraph(title, theme.subheading, x: left, width: width, tag: .subheading)
            flow.y += 2
        }
        if let details = invoice.details, !details.isEmpty {
            flow.paragraph(details, theme.body, x: left, width: width * 0.8)
        }
        if invoice.title != nil || invoice.details != nil { flow.y += 12 }
        guard let intro = invoice.look.intro, !intro.isEmpty else { return }
        flow.paragraph(intro, theme.body, x: left, width: width * 0.8)
        flow.y += 12
    }

    // MARK: - Every page

    /// The stripe, the running head from the second page on, the mark, and the footer.
    private mutating func frame() {
        let (theme, words, invoice, document) = (theme, words, invoice, document)
        let mark = invoice.mark.map { mark in
            document.text(
                words.mark(mark),
                PDFTextStyle(
                    size: 110, isBold: true, color: theme.ink, alignment: .center, maximumLines: 1),
                width: theme.page.height)
        }
        let footer = invoice.branding.footer ?? Self.footer(of: invoice)
        flow.onEveryPage { page, count in
            var below: [PDFItem] = [
                .fill(PDFBox(x: 0, y: 0, width: theme.page.width, height: 5), theme.accent)
            ]
            if page > 1 { below += Self.runningHead(invoice, words, theme, document) }
            let y = theme.page.height - 52
            let left = document.text(footer, theme.small.lines(2), width: theme.width - 120)
            let right = document.text(
                words.page(page, count), theme.small.aligned(.trailing).lines(1), width: 110)
            var above: [PDFItem] = [
                .fill(PDFBox(x: theme.margin, y: y, width: theme.width, height: 0.5), theme.hair),
                .text(left, at: PDFPoint(x: theme.margin, y: y + 8)),
                .text(right, at: PDFPoint(x: theme.margin + theme.width - 110, y: y + 8)),
            ]
            if let mark {
                let center = PDFPoint(x: theme.page.width / 2, y: theme.page.height / 2)
                above.append(.across(mark, center: center, angle: -0.85))
            }
            return (below, above)
        }
    }

    private static func footer(of invoice: InvoiceDocument) -> String {
        [invoice.sender.name, invoice.sender.email, invoice.sender.taxID].compactMap { $0 }.joined(
            separator: "  ·  ")
    }

    private static func runningHead(
        _ invoice: InvoiceDocument, _ words: DocumentWords, _ theme: DocumentTheme, _ document: PDFDocument
    ) -> [PDFItem] {
        let half = theme.width / 2 - 8
        let name = document.text(invoice.sender.name, theme.strong.lines(1), width: half)
        let kind = [words.title(invoice.kind), invoice.number].compactMap { $0 }.joined(separator: " ")
        let number = document.text(kind, theme.quiet.aligned(.trailing).lines(1), width: half)
        return [
            .text(name, at: PDFPoint(x: theme.margin, y: theme.top)),
            .text(number, at: PDFPoint(x: theme.margin + theme.width - half, y: theme.top)),
            .fill(PDFBox(x: theme.margin, y: theme.top + 18, width: theme.width, height: 0.5), theme.hair),
        ]
    }
}
