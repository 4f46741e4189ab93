import Crypto
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// The credentials of a login, as they are handed out once.
struct IssuedTokens: Sendable {
    let accessToken: String
    let expiresIn: Duration
    let refreshToken: Secret<String>
    let principal: Principal
}

/// Makes the tokens of a login that was stored.
struct IssueTokens: Sendable {
    static let refreshPrefix = "rt"

    let context: IdentityContext

    /// Stores a new refresh token in the transaction of the login or the refresh.
    ///
    /// - Returns: The token, which exists in clear only here and at its holder.
    func storeRefreshToken(
        session: SessionID, expiresAt: Instant, at now: Instant, in transaction: borrowing Transaction
    ) throws(PostgresError) -> SecretToken {
        let token = SecretToken.generate(prefix: Self.refreshPrefix)
        try SessionStore.insertToken(
            hash: token.hash, session: session, expiresAt: expiresAt, at: now, in: transaction)
        return token
    }

    /// Signs the access token, after the commit.
    func issue(
        account: AccountID, session: SessionID, scope: LoginScope, refreshToken: SecretToken, at now: Instant
    ) throws -> IssuedTokens {
        let principal = Principal(
            accountID: account, sessionID: session, organizationID: scope.organizationID, role: scope.role,
            permissions: scope.permissions)
        let life = context.settings.lifetimes.access
        let token = AccessToken(principal: principal, issuedAt: now, expiresAt: now + life)
        let text = JWT.sign(
            claims: token.claims, type: AccessToken.type, with: try context.signingKeys.current())
        return IssuedTokens(
            accessToken: text, expiresIn: life, refreshToken: refreshToken.text, principal: principal)
    }
}
