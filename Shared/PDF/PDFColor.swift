/// A colour of the screen's colour space, each part from 0 to 1.
public struct PDFColor: Sendable, Hashable {
    /// The parts.
    public let red, green, blue: Double

    /// A colour; parts out of bounds are held to them.
    public init(red: Double, green: Double, blue: Double) {
        self.red = min(max(red, 0), 1)
        self.green = min(max(green, 0), 1)
        self.blue = min(max(blue, 0), 1)
    }

    /// A grey: 0 is black, 1 is white.
    public init(gray: Double) { self.init(red: gray, green: gray, blue: gray) }

    /// Reads `#rrggbb`; nil for anything else.
    public init?(hex text: some StringProtocol) {
        guard text.utf8.count == 7, text.utf8.first == UInt8(ascii: "#"),
            text.utf8.dropFirst().allSatisfy({
                (0x30...0x39).contains($0) || (0x61...0x66).contains($0 | 0x20)
            }), let value = UInt32(text.dropFirst(), radix: 16)
        else { return nil }
        self.init(
            red: Double(value >> 16 & 0xFF) / 255, green: Double(value >> 8 & 0xFF) / 255,
            blue: Double(value & 0xFF) / 255)
    }

    /// White paper.
    public static let white = PDFColor(gray: 1)

    /// This colour thinned with white: 1 leaves it, 0 is white.
    public func tint(_ share: Double) -> PDFColor { mixed(with: .white, share: 1 - share) }

    /// This colour with a share of another.
    public func mixed(with other: PDFColor, share: Double) -> PDFColor {
        PDFColor(
            red: red + (other.red - red) * share, green: green + (other.green - green) * share,
            blue: blue + (other.blue - blue) * share)
    }

    /// The contrast with another colour, 1 to 21, as WCAG 2 defines it.
    public func contrast(with other: PDFColor) -> Double {
        let (a, b) = (luminance, other.luminance)
        return (max(a, b) + 0.05) / (min(a, b) + 0.05)
    }

    /// The colour, darkened until text in it can be read on white paper.
    public var readableOnWhite: PDFColor {
        var color = self
        for _ in 0..<Self.darkeningSteps where color.contrast(with: .white) < Self.readableContrast {
            color = color.mixed(with: PDFColor(gray: 0), share: 0.1)
        }
        return color
    }

    /// White or nearly black, whichever is easier to read on this colour.
    public var readableInk: PDFColor {
        let dark = PDFColor(gray: 0.1)
        return contrast(with: .white) >= 3 || contrast(with: .white) > contrast(with: dark) ? .white : dark
    }

    private static let readableContrast = 4.5
    private static let darkeningSteps = 40

    private var luminance: Double {
        0.2126 * Self.linear(red) + 0.7152 * Self.linear(green) + 0.0722 * Self.linear(blue)
    }

    /// sRGB's curve, approximated by the square: exact enough to choose between two inks, and needs no library.
    private static func linear(_ part: Double) -> Double { part * part * (0.2 + 0.8 * part) }
}
