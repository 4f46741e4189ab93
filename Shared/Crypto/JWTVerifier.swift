public import Primitives

/// Checks tokens offline against an issuer's published keys.
///
/// The algorithm is fixed by this type and never taken from the token: a header that says `none` or `HS256` is refused
/// before any key is looked at.
public struct JWTVerifier: Sendable {
    private let issuer: String
    private let audience: String
    private let type: String
    private let leeway: Duration
    private let clock: any WallClock

    /// States what is accepted.
    ///
    /// - Parameters:
    ///   - issuer: The exact `iss`.
    ///   - audience: The value that must be (in) `aud`.
    ///   - type: The `typ` that the header must have.
    ///   - leeway: How far the clocks of issuer and verifier may differ.
    ///   - clock: The time that `exp`, `nbf` and `iat` are compared with.
    public init(issuer: String, audience: String, type: String, leeway: Duration, clock: any WallClock) {
        self.issuer = issuer
        self.audience = audience
        self.type = type
        self.leeway = leeway
        self.clock = clock
    }

    /// Checks a token.
    ///
    /// - Parameters:
    ///   - token: The compact form, as it came from outside.
    ///   - keys: The issuer's keys.
    /// - Returns: The checked claims.
    /// - Throws: `JWTError`; the signature is checked before any claim, so that no claim of a forged token is judged.
    public func verify(_ token: String, keys: JSONWebKeySet) throws(JWTError) -> VerifiedToken {
        let claims = try signedClaims(of: token, keys: keys)
        guard claims["iss"]?.string == issuer else { throw .wrongIssuer }
        guard let audiences = claims["aud"], Self.contains(audiences, audience) else { throw .wrongAudience }
        let now = clock.now()
        let expiresAt = try Self.time("exp", in: claims)
        let issuedAt = try Self.time("iat", in: claims)
        guard now < expiresAt + leeway else { throw .expired }
        guard issuedAt <= now + leeway else { throw .notYetValid }
        if claims["nbf"] != nil, try Self.time("nbf", in: claims) > now + leeway { throw .notYetValid }
        guard let subject = claims["sub"]?.string, !subject.isEmpty else { throw .badClaim("sub") }
        return VerifiedToken(subject: subject, issuedAt: issuedAt, expiresAt: expiresAt, claims: claims)
    }

    private func signedClaims(of token: String, keys: JSONWebKeySet) throws(JWTError) -> JSONNode {
        guard token.utf8.count <= JWT.maximumByteCount else { throw .malformed }
        let parts = token.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count == 3,
            let headerBytes = Base64URL.decode(parts[0]), let claimBytes = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .malformed }
        let header = try Self.object(headerBytes)
        guard header["alg"]?.string == "EdDSA", header["typ"]?.string == type, header["crit"] == nil else {
            throw .unsupportedHeader
        }
        guard let id = header["kid"]?.string else { throw .unsupportedHeader }
        guard let key = keys[id] else { throw .unknownKey(id) }
        let signed = Array(token.utf8.prefix(parts[0].utf8.count + 1 + parts[1].utf8.count))
        guard key.isValid(signature, for: signed) else { throw .badSignature }
        return try Self.object(claimBytes)
    }

    private static func object(_ bytes: [UInt8]) throws(JWTError) -> JSONNode {
        let root: JSONNode
        do throws(JSONSyntaxError) { root = try JSONDocument(parsing: bytes).root } catch { throw .malformed }
        guard root.kind == .object else { throw .malformed }
        return root
    }

    /// `aud` is a text or an array of texts.
    private static func contains(_ node: JSONNode, _ audience: String) -> Bool {
        if let single = node.string { return single == audience }
        return node.kind == .array && node.elements.contains { $0.string == audience }
    }

    /// A NumericDate in whole seconds; the bound keeps the conversion to microseconds from overflowing.
    private static func time(_ claim: String, in claims: JSONNode) throws(JWTError) -> Instant {
        guard let seconds = claims[claim]?.int64, (0...253_402_300_799).contains(seconds) else {
            throw .badClaim(claim)
        }
        return Instant(microseconds: seconds * 1_000_000)
    }
}
