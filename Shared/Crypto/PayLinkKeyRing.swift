import Primitives

/// The keys that make and check payment links: one, or two while they are rotated.
public struct PayLinkKeyRing: Sendable {
    /// The length of a secret in bytes.
    public static let secretByteCount = 32

    /// One key of the ring.
    public struct Key: Sendable {
        /// Stands in every link made with this key.
        public let id: UInt8
        let secret: [UInt8]

        /// Takes a key from settings.
        ///
        /// - Parameters:
        ///   - id: A number that no other key of the last rotations has.
        ///   - secret: 32 secret random bytes.
        public init?(id: UInt8, secret: [UInt8]) {
            guard secret.count == secretByteCount else { return nil }
            self.init(id: id, checked: secret)
        }

        fileprivate init(id: UInt8, checked secret: [UInt8]) {
            self.id = id
            self.secret = secret
        }
    }

    private let newest: Key
    private let previous: Key?

    /// Makes a ring.
    ///
    /// - Parameters:
    ///   - newest: Makes new links.
    ///   - previous: Still accepted; nil outside a rotation. Its id differs from the newest's.
    public init(newest: Key, previous: Key?) {
        precondition(newest.id != previous?.id, "two keys of a ring have the same id")
        self.newest = newest
        self.previous = previous
    }

    /// A ring whose key nobody knows: it accepts no link that was made before.
    ///
    /// It stands where a setting was missing, until that has been reported.
    public static var unset: PayLinkKeyRing {
        PayLinkKeyRing(newest: Key(id: 0, checked: Random.bytes(secretByteCount)), previous: nil)
    }

    /// Reads a ring from settings: `id:base64url(32 bytes)`, newest first, at most two, separated by a comma.
    ///
    /// - Parameter text: The setting.
    public init?(setting text: String) {
        var keys: [Key] = []
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            let fields = part.split(separator: ":", omittingEmptySubsequences: false)
            guard fields.count == 2, let id = UInt8(fields[0]), let secret = Base64URL.decode(fields[1]),
                let key = Key(id: id, secret: secret), !keys.contains(where: { $0.id == id })
            else { return nil }
            keys.append(key)
        }
        guard let newest = keys.first, keys.count <= 2 else { return nil }
        self.init(newest: newest, previous: keys.dropFirst().first)
    }

    /// Makes the token of a link with the newest key.
    ///
    /// - Parameter link: What the link says; the same link and key always make the same token.
    /// - Returns: The token; its `text` stands in the address.
    public func mint(_ link: PayLink) -> PayLinkToken {
        let code = PayLinkToken.code(keyID: newest.id, link: link, secret: newest.secret)
        return PayLinkToken(keyID: newest.id, link: link, code: code)
    }

    /// Reads and checks a token.
    ///
    /// - Parameter text: The last part of the address, as it came from outside.
    /// - Returns: What the link says. Whether that generation still lives is for the caller to decide.
    /// - Throws: `PayLinkToken.Failure`.
    public func verify(_ text: String) throws(PayLinkToken.Failure) -> PayLink {
        let token = try PayLinkToken(parsing: text)
        guard let key = [newest, previous].compactMap(\.self).first(where: { $0.id == token.keyID }) else {
            throw .unknownKey
        }
        let expected = PayLinkToken.code(keyID: key.id, link: token.link, secret: key.secret)
        guard constantTimeEquals(expected, token.code) else { throw .forged }
        return token.link
    }
}
