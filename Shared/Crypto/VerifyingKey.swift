import CSodium
import Primitives

/// The public half of an Ed25519 key.
public struct VerifyingKey: Sendable, Hashable {
    /// The length of a public key in bytes.
    public static let byteCount = 32
    /// The length of a signature in bytes.
    public static let signatureByteCount = 64

    /// The key id (`kid`).
    public let id: String
    /// The 32-byte public key of RFC 8032.
    public let rawBytes: [UInt8]

    /// Takes a public key as it was published.
    ///
    /// - Parameters:
    ///   - rawBytes: 32 bytes; a point of small order, which would accept forged signatures, is refused.
    ///   - id: The key id; nil takes the thumbprint.
    public init?(rawBytes: [UInt8], id: String? = nil) {
        guard rawBytes.count == Self.byteCount, id != "" else { return nil }
        Sodium.require()
        // The conversion to Curve25519 fails exactly for points that are not on the curve or of small order.
        var converted = [UInt8](repeating: 0, count: Int(crypto_scalarmult_curve25519_BYTES))
        guard crypto_sign_ed25519_pk_to_curve25519(&converted, rawBytes) == 0 else { return nil }
        self.rawBytes = rawBytes
        self.id = id ?? Self.thumbprint(of: rawBytes)
    }

    /// Checks a signature.
    ///
    /// - Parameters:
    ///   - signature: What came with the message.
    ///   - message: The exact bytes that were signed.
    /// - Returns: Whether the holder of the signing key signed this message.
    public func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        guard signature.count == Self.signatureByteCount else { return false }
        return crypto_sign_verify_detached(signature, message, UInt64(message.count), rawBytes) == 0
    }

    /// The JWK thumbprint of RFC 7638 and RFC 8037: SHA-256 over the required members in order, base64url.
    private static func thumbprint(of rawBytes: [UInt8]) -> String {
        let members = #"{"crv":"Ed25519","kty":"OKP","x":""# + Base64URL.encode(rawBytes) + #""}"#
        return Base64URL.encode(SHA256.hash(members))
    }
}
