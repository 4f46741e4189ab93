import CSodium

/// The public key to which a message is sealed: only the holder of the matching `UnsealingKey` reads it.
public struct SealingKey: Sendable, Hashable {
    /// The length of a key in bytes.
    public static let byteCount = 32

    /// The key as it is published in settings.
    public let rawBytes: [UInt8]

    /// Takes a published key.
    ///
    /// - Parameter rawBytes: 32 bytes.
    public init?(rawBytes: [UInt8]) {
        guard rawBytes.count == Self.byteCount else { return nil }
        self.rawBytes = rawBytes
    }

    /// Seals a message (libsodium `crypto_box_seal`: an ephemeral X25519 key, XSalsa20-Poly1305).
    ///
    /// - Parameter message: The secret.
    /// - Returns: The sealed bytes, 48 longer than the message, different on every call; nil when the key is a point
    ///   that no secret key has.
    public func seal(_ message: [UInt8]) -> [UInt8]? {
        Sodium.require()
        var sealed = [UInt8](repeating: 0, count: message.count + crypto_box_sealbytes())
        guard crypto_box_seal(&sealed, message, UInt64(message.count), rawBytes) == 0 else { return nil }
        return sealed
    }
}

/// The secret key of one consumer, with which it opens what was sealed to it.
public struct UnsealingKey: Sendable {
    /// The public half, to be handed to those who seal.
    public let sealingKey: SealingKey
    private let secret: [UInt8]

    /// Takes the secret key from settings.
    ///
    /// - Parameter rawBytes: 32 secret random bytes.
    public init?(rawBytes: [UInt8]) {
        guard rawBytes.count == SealingKey.byteCount else { return nil }
        Sodium.require()
        var publicKey = [UInt8](repeating: 0, count: SealingKey.byteCount)
        guard crypto_scalarmult_base(&publicKey, rawBytes) == 0,
            let sealingKey = SealingKey(rawBytes: publicKey)
        else { return nil }
        self.sealingKey = sealingKey
        secret = rawBytes
    }

    /// A fresh random key.
    ///
    /// - Returns: The key.
    public static func generate() -> UnsealingKey {
        guard let key = UnsealingKey(rawBytes: Random.bytes(SealingKey.byteCount)) else {
            preconditionFailure("32 random bytes always make a key")
        }
        return key
    }

    /// Opens what was sealed to this key.
    ///
    /// - Parameter sealed: The bytes as they were received.
    /// - Returns: The message; nil if it was sealed to another key or altered.
    public func open(_ sealed: [UInt8]) -> [UInt8]? {
        let count = sealed.count - crypto_box_sealbytes()
        guard count >= 0 else { return nil }
        var message = [UInt8](repeating: 0, count: count)
        guard
            crypto_box_seal_open(&message, sealed, UInt64(sealed.count), sealingKey.rawBytes, secret) == 0
        else { return nil }
        return message
    }
}

extension UnsealingKey: CustomStringConvertible, CustomReflectable {
    /// A constant; never the secret.
    public var description: String { "UnsealingKey(•••)" }

    /// No children, so that dumping a value cannot print the secret.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
