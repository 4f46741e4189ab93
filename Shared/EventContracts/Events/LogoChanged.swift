public import Primitives

/// A part of the logo of an organization, as it is now; for the service that draws documents.
///
/// A logo is larger than an event may be, so it travels in parts that name the whole; it is there when all of them are.
/// It is also how identity answers a request for snapshots.
public struct LogoChanged: EventPayload {
    /// `logo.changed.v1` on `identity.private`.
    public static let descriptor = EventDescriptor("logo.changed.v1", of: "identity", on: .private)
    /// The most bytes of an image that a part holds.
    public static let partBytesMaximum = 80_000

    /// The organization.
    public var organizationID: OrganizationID
    /// SHA-256 of the whole PNG or JPEG file in hexadecimal digits; nil when there is no logo any more.
    public var hash: String?
    /// Which part this is, from 0.
    public var part: Int
    /// How many there are; 0 without a logo.
    public var partCount: Int
    /// The part, base64url.
    public var image: String?

    /// Says it.
    public init(
        organizationID: OrganizationID, hash: String? = nil, part: Int = 0, partCount: Int = 0,
        image: String? = nil
    ) {
        self.organizationID = organizationID
        self.hash = hash
        self.part = part
        self.partCount = partCount
        self.image = image
    }

    /// The events of an image, or of there being none.
    ///
    /// - Parameters:
    ///   - image: The file.
    ///   - hash: Its SHA-256.
    ///   - organizationID: Whose logo it is.
    /// - Returns: One event for each part, at least one.
    public static func parts(
        of image: [UInt8], hash: [UInt8], organizationID: OrganizationID
    ) -> [LogoChanged] {
        let starts = Array(stride(from: 0, to: image.count, by: partBytesMaximum))
        return starts.enumerated().map { index, start in
            let end = min(start + partBytesMaximum, image.count)
            return LogoChanged(
                organizationID: organizationID, hash: Hex.encode(hash), part: index, partCount: starts.count,
                image: Base64URL.encode(image[start..<end]))
        }
    }
}
