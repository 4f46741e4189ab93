import CSodium

/// An Ed25519 key that signs.
///
/// The value is derived from a 32-byte seed, which is what is stored (sealed or encrypted) and what settings carry.
public struct SigningKey: Sendable {
    /// The length of a seed in bytes.
    public static let seedByteCount = 32

    /// The public half, with the same key id.
    public let verifyingKey: VerifyingKey
    private let secret: [UInt8]

    /// Derives a key from its seed.
    ///
    /// - Parameters:
    ///   - seed: 32 secret random bytes.
    ///   - id: The key id (`kid`); nil takes the thumbprint of the public key, so equal keys have equal ids.
    public init?(seed: [UInt8], id: String? = nil) {
        guard seed.count == Self.seedByteCount else { return nil }
        Sodium.require()
        var publicKey = [UInt8](repeating: 0, count: Int(crypto_sign_PUBLICKEYBYTES))
        var secret = [UInt8](repeating: 0, count: Int(crypto_sign_SECRETKEYBYTES))
        guard crypto_sign_seed_keypair(&publicKey, &secret, seed) == 0,
            let verifyingKey = VerifyingKey(rawBytes: publicKey, id: id)
        else { return nil }
        self.secret = secret
        self.verifyingKey = verifyingKey
    }

    /// A fresh random key.
    ///
    /// - Returns: The key, named by its thumbprint.
    public static func generate() -> SigningKey {
        guard let key = SigningKey(seed: Random.bytes(seedByteCount)) else {
            preconditionFailure("a seed of the right length always makes a key")
        }
        return key
    }

    /// The key id (`kid`).
    public var id: String { verifyingKey.id }

    /// The seed, for storing the key; it never leaves the process unencrypted.
    public var seed: [UInt8] { Array(secret.prefix(Self.seedByteCount)) }

    /// Signs a message.
    ///
    /// - Parameter message: The bytes as the verifier will see them.
    /// - Returns: The 64-byte signature.
    public func sign(_ message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: Int(crypto_sign_BYTES))
        let done = crypto_sign_detached(&signature, nil, message, UInt64(message.count), secret)
        precondition(done == 0, "signing with a well-formed key cannot fail")
        return signature
    }
}

extension SigningKey: CustomStringConvertible, CustomReflectable {
    /// The key id; never the secret.
    public var description: String { "SigningKey(\(id))" }

    /// No children, so that dumping a value cannot print the secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
