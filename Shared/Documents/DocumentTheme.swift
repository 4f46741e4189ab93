import PDF

/// The measures, colours and letters of a document: one grid, few sizes, one accent.
struct DocumentTheme {
    let page: PDFPageSize
    /// The white at both sides.
    let margin = 50.0
    /// Where the content of the first page begins.
    let top = 46.0
    /// Where the content of a following page begins, below its running head.
    let followingTop = 92.0
    /// The white at the bottom, in which the footer stands.
    let bottom = 74.0

    let accent: PDFColor
    let ink = PDFColor(red: 0.11, green: 0.13, blue: 0.17)
    let muted = PDFColor(red: 0.39, green: 0.43, blue: 0.49)
    let hair = PDFColor(red: 0.87, green: 0.89, blue: 0.92)

    init(accent: PDFColor?, page: PDFPageSize) {
        self.accent = accent ?? Self.usualAccent
        self.page = page
    }

    private static let usualAccent = PDFColor(red: 0.15, green: 0.27, blue: 0.60)

    /// The accent as ink.
    var accentInk: PDFColor { accent.readableOnWhite }
    /// The ground of panels.
    var panel: PDFColor { accentInk.tint(0.07) }
    /// The width between the margins.
    var width: Double { page.width - 2 * margin }
    /// Where content ends.
    var contentBottom: Double { page.height - bottom }

    var kind: PDFTextStyle { PDFTextStyle(size: 28, isBold: true, color: accentInk, alignment: .trailing) }
    var senderName: PDFTextStyle { PDFTextStyle(size: 16, isBold: true, color: ink, maximumLines: 3) }
    var amount: PDFTextStyle { PDFTextStyle(size: 29, isBold: true, color: ink, maximumLines: 1) }
    var subheading: PDFTextStyle { PDFTextStyle(size: 12, isBold: true, color: ink) }
    var name: PDFTextStyle { PDFTextStyle(size: 11.5, isBold: true, color: ink, maximumLines: 4) }
    var body: PDFTextStyle { PDFTextStyle(size: 9.5, color: ink) }
    var strong: PDFTextStyle { PDFTextStyle(size: 9.5, isBold: true, color: ink) }
    var quiet: PDFTextStyle { PDFTextStyle(size: 9, color: muted) }
    var label: PDFTextStyle { PDFTextStyle(size: 8, isBold: true, color: muted) }
    var small: PDFTextStyle { PDFTextStyle(size: 8, color: muted) }
}
