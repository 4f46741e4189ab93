import Primitives

/// The text of a payment link as it was read, before its code was checked.
///
/// `INV-{reference}-{base64url(key id, invoice, generation, code)}`: 1 + 16 + 4 + 16 bytes are always 50 characters, so
/// the reference may hold hyphens. The code is the first half of HMAC-SHA-256 over a label, the first 21 bytes and the
/// reference: no character of a link can be changed.
public struct PayLinkToken: Sendable, Hashable {
    /// Why a text is not a valid link.
    public enum Failure: Error, Sendable, Equatable {
        /// The text does not have the form.
        case malformed
        /// Made with a key that is no longer (or was never) in the ring.
        case unknownKey
        /// The code does not belong to the rest.
        case forged
    }

    static let prefix = "INV-"
    static let codeByteCount = 16
    private static let bodyByteCount = 1 + 16 + 4
    private static let encodedCount = 50
    private static let label = Array("duely pay link 1\n".utf8)

    /// The key that the link says it was made with.
    public let keyID: UInt8
    /// What the link says; worth nothing until `PayLinkKeyRing.verify` accepts it.
    public let link: PayLink
    let code: [UInt8]

    init(keyID: UInt8, link: PayLink, code: [UInt8]) {
        self.keyID = keyID
        self.link = link
        self.code = code
    }

    /// Reads a link; exactly one text stands for one token.
    ///
    /// - Parameter text: The last part of the address, as it came from outside.
    /// - Throws: `Failure.malformed`.
    public init(parsing text: String) throws(Failure) {
        let bytes = Array(text.utf8)
        let longest = Self.prefix.utf8.count + PayLink.maximumReferenceBytes + 1 + Self.encodedCount
        let hyphen = bytes.count - Self.encodedCount - 1
        guard bytes.count <= longest, hyphen > Self.prefix.utf8.count, text.hasPrefix(Self.prefix),
            bytes[hyphen] == UInt8(ascii: "-")
        else { throw .malformed }
        let encoded = String(decoding: bytes[(hyphen + 1)...], as: UTF8.self)
        let reference = String(decoding: bytes[Self.prefix.utf8.count..<hyphen], as: UTF8.self)
        // Only the canonical form decodes: two texts that differ in unused bits are not one token.
        guard let payload = Base64URL.decode(encoded),
            payload.count == Self.bodyByteCount + Self.codeByteCount,
            let invoiceID = RawID(bytes: Array(payload[1..<17]))
        else { throw .malformed }
        let generation = payload[17..<21].reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        link = PayLink(number: reference, invoiceID: invoiceID, generation: generation)
        guard link.reference == reference else { throw .malformed }
        keyID = payload[0]
        code = Array(payload[Self.bodyByteCount...])
    }

    /// The text of the link.
    public var text: String {
        let payload = Self.body(keyID: keyID, link: link) + code
        return Self.prefix + link.reference + "-" + Base64URL.encode(payload)
    }

    static func code(keyID: UInt8, link: PayLink, secret: [UInt8]) -> [UInt8] {
        let message = label + body(keyID: keyID, link: link) + Array(link.reference.utf8)
        return Array(HMAC.sha256(message, key: secret).prefix(codeByteCount))
    }

    private static func body(keyID: UInt8, link: PayLink) -> [UInt8] {
        let generation = link.generation
        return [keyID] + link.invoiceID.bytes
            + (0..<4).map { UInt8(truncatingIfNeeded: generation >> (24 - 8 * $0)) }
    }
}
