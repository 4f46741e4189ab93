public import Primitives

/// Signed JSON Web Tokens (RFC 7519) in compact form, with Ed25519 (RFC 8037) and nothing else.
public enum JWT {
    /// The longest token that is looked at, in bytes.
    public static let maximumByteCount = 8192

    /// Signs a set of claims.
    ///
    /// - Parameters:
    ///   - claims: The claims as the bytes of one JSON object; what is signed is exactly these bytes.
    ///   - type: The `typ` of the header, which keeps one kind of token from being used as another.
    ///   - key: The signing key; its id becomes `kid`.
    /// - Returns: `header.claims.signature`.
    public static func sign(claims: [UInt8], type: String, with key: SigningKey) -> String {
        var header = JSONWriter()
        header.beginObject()
        header.member("alg", "EdDSA")
        header.member("typ", type)
        header.member("kid", key.id)
        header.endObject()
        let signed = Base64URL.encode(header.bytes) + "." + Base64URL.encode(claims)
        return signed + "." + Base64URL.encode(key.sign(Array(signed.utf8)))
    }
}

/// Why a token is not accepted.
public enum JWTError: Error, Sendable, Equatable {
    /// Not three base64url parts with JSON objects in them, or longer than allowed.
    case malformed
    /// The header asks for anything but EdDSA, has the wrong type or names a critical extension.
    case unsupportedHeader
    /// The set has no key with this id: it may have been published since the set was fetched.
    case unknownKey(String)
    /// The signature does not belong to these bytes and this key.
    case badSignature
    /// A claim that must be there is missing or has the wrong type.
    case badClaim(String)
    /// The time of `exp` has come.
    case expired
    /// The time of `nbf` or `iat` has not come.
    case notYetValid
    /// Issued by somebody else.
    case wrongIssuer
    /// Meant for somebody else.
    case wrongAudience
}

/// A token whose signature, times, issuer and audience were checked.
public struct VerifiedToken: Sendable {
    /// Whom the token is about (`sub`).
    public let subject: String
    /// When it was issued (`iat`).
    public let issuedAt: Instant
    /// When it ends (`exp`).
    public let expiresAt: Instant
    /// All claims.
    public let claims: JSONNode
}
