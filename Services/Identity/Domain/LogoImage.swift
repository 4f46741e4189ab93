/// An organization's logo: an image of a kind that every browser and every mail reader shows.
///
/// What it is is read from its first bytes, never from what the sender claims. SVG is not taken: it can carry scripts.
public struct LogoImage: Sendable, Hashable {
    /// The most bytes.
    public static let maximumBytes = 262_144

    /// The kinds.
    public enum MediaType: String, Sendable, Hashable, CaseIterable {
        /// Portable Network Graphics.
        case png = "image/png"
        /// JPEG.
        case jpeg = "image/jpeg"

        /// With what every image of the kind begins.
        var signature: [UInt8] {
            switch self {
            case .png: [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
            case .jpeg: [0xFF, 0xD8, 0xFF]
            }
        }
    }

    /// Why an image is not taken.
    public enum Violation: Error, Sendable, Hashable {
        /// More bytes than are kept.
        case tooLarge
        /// Neither of the kinds.
        case unknownKind
    }

    /// The kind.
    public let mediaType: MediaType
    /// The image.
    public let bytes: [UInt8]

    /// Checks an image.
    ///
    /// - Parameter bytes: The image.
    /// - Throws: `Violation`.
    public init(_ bytes: [UInt8]) throws(Violation) {
        guard bytes.count <= Self.maximumBytes else { throw .tooLarge }
        guard let mediaType = MediaType.allCases.first(where: { bytes.starts(with: $0.signature) }) else {
            throw .unknownKind
        }
        self.mediaType = mediaType
        self.bytes = bytes
    }
}
