public import Primitives

/// A random bearer secret: the text goes to its holder once, only the hash is stored.
///
/// The text is `<prefix>_<43 base64url characters>`: the prefix tells a reader (and a secret scanner) what leaked.
/// 256 random bits need no slow hash.
public struct SecretToken: Sendable {
    private static let randomByteCount = 32

    /// What the holder is given; wrapped so that it never reaches a log by accident.
    public let text: Secret<String>
    /// What is stored and looked up: SHA-256 of the text.
    public let hash: [UInt8]

    /// A fresh token.
    ///
    /// - Parameter prefix: Lower-case letters that name the kind, such as `rt`.
    /// - Returns: The token.
    public static func generate(prefix: String) -> SecretToken {
        let text = prefix + "_" + Base64URL.encode(Random.bytes(randomByteCount))
        return SecretToken(text: Secret(text), hash: hash(of: text))
    }

    /// The hash under which a presented token is looked up.
    ///
    /// - Parameter text: What the caller presented, of any form.
    /// - Returns: 32 bytes.
    public static func hash(of text: String) -> [UInt8] { SHA256.hash(text) }

    /// Whether a presented text has the form of a token of this kind, so that noise never reaches the database.
    ///
    /// - Parameters:
    ///   - text: What the caller presented.
    ///   - prefix: The kind.
    /// - Returns: Whether it could be one.
    public static func isWellFormed(_ text: String, prefix: String) -> Bool {
        guard text.utf8.count == prefix.utf8.count + 44, text.hasPrefix(prefix + "_") else { return false }
        return Base64URL.decode(text.dropFirst(prefix.count + 1))?.count == randomByteCount
    }
}
