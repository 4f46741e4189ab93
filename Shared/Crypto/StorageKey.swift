import CSodium

/// A symmetric key that encrypts what a service stores (XChaCha20-Poly1305 with a random 24-byte nonce).
///
/// The purpose is bound as associated data: bytes encrypted for one column do not decrypt as another's.
public struct StorageKey: Sendable {
    /// The length of a key in bytes.
    public static let byteCount = 32

    private static let nonceCount = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
    private static let tagCount = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)
    private let key: [UInt8]

    /// Takes the key from settings.
    ///
    /// - Parameter rawBytes: 32 secret random bytes.
    public init?(rawBytes: [UInt8]) {
        guard rawBytes.count == Self.byteCount else { return nil }
        Sodium.require()
        key = rawBytes
    }

    /// Encrypts a value for storage.
    ///
    /// - Parameters:
    ///   - plain: The secret.
    ///   - purpose: What the value is; the same text is needed to decrypt.
    /// - Returns: Nonce, ciphertext and tag; different on every call.
    public func encrypt(_ plain: [UInt8], purpose: String) -> [UInt8] {
        let nonce = Random.bytes(Self.nonceCount)
        let associated = Array(purpose.utf8)
        var cipher = [UInt8](repeating: 0, count: plain.count + Self.tagCount)
        let done = crypto_aead_xchacha20poly1305_ietf_encrypt(
            &cipher, nil, plain, UInt64(plain.count), associated, UInt64(associated.count), nil, nonce, key)
        precondition(done == 0, "encryption with a well-formed key cannot fail")
        return nonce + cipher
    }

    /// Decrypts a stored value.
    ///
    /// - Parameters:
    ///   - stored: What `encrypt` returned.
    ///   - purpose: The text given to `encrypt`.
    /// - Returns: The secret; nil for another key, another purpose or altered bytes.
    public func decrypt(_ stored: [UInt8], purpose: String) -> [UInt8]? {
        let count = stored.count - Self.nonceCount - Self.tagCount
        guard count >= 0 else { return nil }
        let nonce = Array(stored.prefix(Self.nonceCount))
        let cipher = Array(stored.dropFirst(Self.nonceCount))
        let associated = Array(purpose.utf8)
        var plain = [UInt8](repeating: 0, count: count)
        let done = crypto_aead_xchacha20poly1305_ietf_decrypt(
            &plain, nil, nil, cipher, UInt64(cipher.count), associated, UInt64(associated.count), nonce, key)
        return done == 0 ? plain : nil
    }

    /// A code of a text that nobody without the key can work out.
    ///
    /// - Parameters:
    ///   - text: What the code stands for.
    ///   - purpose: What the code is used as; codes of other purposes say nothing about it.
    /// - Returns: 32 bytes, the same on every call.
    public func code(of text: String, purpose: String) -> [UInt8] {
        HMAC.sha256(Array("code \(purpose.utf8.count):\(purpose)\(text)".utf8), key: key)
    }
}

extension StorageKey: CustomStringConvertible, CustomReflectable {
    /// A constant; never the secret.
    public var description: String { "StorageKey(•••)" }

    /// No children, so that dumping a value cannot print the secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
