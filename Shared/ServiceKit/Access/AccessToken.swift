import Crypto
public import Primitives

/// The claims of an access token: what identity writes and every service reads.
public struct AccessToken: Sendable, Hashable {
    /// The `typ` that keeps other signed documents from being used as one.
    public static let type = "at+jwt"
    /// The `aud`: all services of the product.
    public static let audience = "duely"
    /// The `iss`.
    public static let issuer = "duely-identity"

    /// Who the caller is.
    public let principal: Principal
    /// When the token was issued.
    public let issuedAt: Instant
    /// When it ends.
    public let expiresAt: Instant

    /// Describes a token.
    ///
    /// - Parameters:
    ///   - principal: The caller.
    ///   - issuedAt: When it is issued; milliseconds count.
    ///   - expiresAt: When it ends.
    public init(principal: Principal, issuedAt: Instant, expiresAt: Instant) {
        self.principal = principal
        self.issuedAt = issuedAt
        self.expiresAt = expiresAt
    }

    /// Reads the claims of a checked token.
    ///
    /// A permission that this release does not know is passed over; a role that it does not know is no caller.
    init?(_ token: VerifiedToken) {
        guard let accountID = AccountID(token.subject), let sessionText = token.claims["sid"]?.string,
            let sessionID = SessionID(sessionText),
            let role = token.claims["role"]?.string.flatMap(Role.init(rawValue:)),
            let permissions = token.claims["permissions"], permissions.kind == .array
        else { return nil }
        var organizationID: OrganizationID?
        if let claim = token.claims["org"] {
            guard let id = claim.string.flatMap({ OrganizationID($0) }) else { return nil }
            organizationID = id
        }
        principal = Principal(
            accountID: accountID, sessionID: sessionID, organizationID: organizationID, role: role,
            permissions: Set(
                permissions.elements.compactMap { $0.string.flatMap(Permission.init(rawValue:)) }))
        issuedAt = Self.precise(token.issuedAt, token.claims["iat_ms"]?.int64)
        expiresAt = token.expiresAt
    }

    /// `iat` with the milliseconds that a claim of our own adds: who logs in right after all logins were ended must not
    /// be taken for one of them.
    private static func precise(_ issuedAt: Instant, _ milliseconds: Int64?) -> Instant {
        guard let milliseconds, (0..<1_000).contains(milliseconds) else { return issuedAt }
        return issuedAt + .milliseconds(milliseconds)
    }

    /// The claims as they are signed.
    public var claims: [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("iss", Self.issuer)
        writer.member("aud", Self.audience)
        writer.member("sub", principal.accountID)
        writer.member("sid", principal.sessionID)
        writer.member("org", principal.organizationID)
        writer.member("role", principal.role.rawValue)
        writer.member("permissions", strings: principal.permissions.map(\.rawValue).sorted())
        writer.member("iat", issuedAt.seconds)
        writer.member("iat_ms", issuedAt.microseconds / 1_000 - issuedAt.seconds * 1_000)
        writer.member("exp", expiresAt.seconds)
        writer.member("jti", RawID.random())
        writer.endObject()
        return writer.bytes
    }
}
