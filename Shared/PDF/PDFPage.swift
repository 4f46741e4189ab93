/// What stands on a page, in the order in which it is drawn.
///
/// Places are those of a document that is read from the left; one that is read from the right is drawn as its mirror
/// image, except that texts, pictures and codes keep their shape.
public struct PDFPage {
    /// What stands on it.
    public var items: [PDFItem] = []

    /// An empty page.
    public init() {}
}

/// Something on a page.
public enum PDFItem {
    /// A text, or some of its lines, with the top left corner of its box.
    case text(PDFText, lines: Range<Int>? = nil, at: PDFPoint)
    /// A box filled with a colour, its corners rounded.
    case fill(PDFBox, PDFColor, radius: Double = 0)
    /// A picture that fills a box.
    case image(PDFImage, PDFBox)
    /// A QR code that fills a box, without a quiet zone.
    case code(QRCode, PDFBox, PDFColor)
    /// A text across the page, turned around its middle by an angle in radians.
    case across(PDFText, center: PDFPoint, angle: Double)
    /// What belongs together, with its role for those who cannot see the page.
    indirect case element(PDFTag, [PDFItem])
    /// Things that lead to an address.
    indirect case link(String, [PDFItem])
}

/// The role of a part of a document, by the names of PDF's standard structure.
public enum PDFTag: String, Sendable, Hashable {
    /// A heading of the first level.
    case heading = "H1"
    /// A heading of the second level.
    case subheading = "H2"
    /// A paragraph.
    case paragraph = "P"
    /// A table.
    case table = "Table"
    /// A row of a table.
    case row = "TR"
    /// The head of a column.
    case headCell = "TH"
    /// A cell of a table.
    case cell = "TD"
    /// A group of parts.
    case division = "Div"
    /// A picture.
    case figure = "Figure"
}
