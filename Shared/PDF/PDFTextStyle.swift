/// How a text looks.
public struct PDFTextStyle: Sendable, Hashable {
    /// At which side of its box a text stands.
    public enum Alignment: Sendable, Hashable {
        /// Where reading begins: the left in a document that is read from the left.
        case leading
        /// Where reading ends.
        case trailing
        /// In the middle.
        case center
    }

    /// The size of the letters in points.
    public var size: Double
    /// Whether they are bold.
    public var isBold: Bool
    /// Their colour.
    public var color: PDFColor
    /// Where the text stands in its box.
    public var alignment: Alignment
    /// More lines than this are cut with an ellipsis; nil for as many as it takes.
    public var maximumLines: Int?

    /// A style.
    public init(
        size: Double, isBold: Bool = false, color: PDFColor, alignment: Alignment = .leading,
        maximumLines: Int? = nil
    ) {
        self.size = size
        self.isBold = isBold
        self.color = color
        self.alignment = alignment
        self.maximumLines = maximumLines
    }

    /// The same at another side.
    public func aligned(_ alignment: Alignment) -> PDFTextStyle {
        var style = self
        style.alignment = alignment
        return style
    }

    /// The same in another colour.
    public func colored(_ color: PDFColor) -> PDFTextStyle {
        var style = self
        style.color = color
        return style
    }

    /// The same, cut after so many lines.
    public func lines(_ maximum: Int) -> PDFTextStyle {
        var style = self
        style.maximumLines = maximum
        return style
    }
}
