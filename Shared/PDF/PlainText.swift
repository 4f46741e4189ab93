/// Text of people, made safe to set: no control characters, no order overrides, not endless.
public enum PlainText {
    /// More scalars than this are cut; no field of a document is that long.
    public static let maximumScalars = 6_000

    /// The paragraphs of a text, without characters that have no shape of their own or that would turn the text around
    /// them.
    ///
    /// - Parameter text: Any text.
    /// - Returns: One text per line, at least one.
    public static func paragraphs(_ text: String) -> [String] {
        var paragraphs: [String] = []
        var current = String.UnicodeScalarView()
        var marks = 0
        var wasReturn = false
        for scalar in text.unicodeScalars.prefix(maximumScalars) {
            if isLineBreak(scalar) {
                // CR LF is one break.
                if !(scalar == "\n" && wasReturn) {
                    paragraphs.append(String(current))
                    current = String.UnicodeScalarView()
                }
                wasReturn = scalar == "\r"
                continue
            }
            wasReturn = false
            guard let kept = kept(scalar) else { continue }
            marks = kept.properties.canonicalCombiningClass == .notReordered ? 0 : marks + 1
            if marks <= maximumMarks { current.append(kept) }
        }
        paragraphs.append(String(current))
        return paragraphs
    }

    /// To which side a paragraph is read: that of its first letter; nil without any.
    public static func direction(of paragraph: String) -> PDFDirection? {
        for scalar in paragraph.unicodeScalars {
            switch scalar.value {
            case 0x200E: return .leftToRight
            case 0x200F, 0x061C: return .rightToLeft
            case 0x0590...0x08FF, 0xFB1D...0xFDFF, 0xFE70...0xFEFC, 0x1_0800...0x1_0FFF, 0x1_E800...0x1_EFFF:
                if scalar.properties.isAlphabetic { return .rightToLeft }
            default:
                if scalar.properties.isAlphabetic { return .leftToRight }
            }
        }
        return nil
    }

    /// No script stacks more marks on one letter; more would be drawn over the neighbouring lines.
    private static let maximumMarks = 4

    private static func isLineBreak(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029: true
        default: false
        }
    }

    private static func kept(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
        switch scalar.value {
        case 0x09: " "
        case 0..<0x20, 0x7F..<0xA0: nil
        // Embeddings and overrides of the order: they could make a name read as something else.
        case 0x202A...0x202E, 0x2066...0x2069: nil
        // The mark of byte order, tags, and what will never be a character.
        case 0xFEFF, 0xFFF9...0xFFFC, 0xE0000...0xE0FFF, 0xFDD0...0xFDEF: nil
        case let value where value & 0xFFFE == 0xFFFE: nil
        default: scalar
        }
    }
}
