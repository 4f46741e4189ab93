/// A place on a page, in points from its top left corner.
public struct PDFPoint: Sendable, Hashable {
    /// From the left.
    public var x: Double
    /// From the top.
    public var y: Double

    /// A place.
    public init(x: Double, y: Double) {
        self.x = x
        self.y = y
    }
}

/// A box on a page, in points from its top left corner.
public struct PDFBox: Sendable, Hashable {
    /// From the left.
    public var x: Double
    /// From the top.
    public var y: Double
    /// To the right.
    public var width: Double
    /// Downwards.
    public var height: Double

    /// A box.
    public init(x: Double, y: Double, width: Double, height: Double) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// The box seen in a mirror that is as wide as the page.
    func mirrored(in pageWidth: Double) -> PDFBox {
        PDFBox(x: pageWidth - x - width, y: y, width: width, height: height)
    }
}

/// The size of a page in points.
public struct PDFPageSize: Sendable, Hashable {
    /// Across.
    public let width: Double
    /// Down.
    public let height: Double

    /// A size.
    public init(width: Double, height: Double) {
        self.width = width
        self.height = height
    }

    /// 210 by 297 millimetres.
    public static let a4 = PDFPageSize(width: 595.276, height: 841.890)
    /// 8.5 by 11 inches.
    public static let letter = PDFPageSize(width: 612, height: 792)
}

/// To which side a document is read.
public enum PDFDirection: Sendable, Hashable {
    /// As Latin script.
    case leftToRight
    /// As Arabic script: the whole page is laid out as in a mirror.
    case rightToLeft
}
