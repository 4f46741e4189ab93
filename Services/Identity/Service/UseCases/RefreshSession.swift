import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// Exchanges a refresh token for new tokens, or finds out that it was copied.
struct RefreshSession: Sendable {
    private enum Outcome: Sendable {
        case rotated(AccountID, SessionID, LoginScope, SecretToken)
        case refused
    }

    static let invalidToken = Problem(
        status: 401, code: "invalid_refresh_token", title: "This refresh token does not count",
        detail: "Log in again.")

    let context: IdentityContext

    func callAsFunction(_ text: String, from origin: RequestOrigin, cause: EventCause) async throws
        -> IssuedTokens
    {
        guard SecretToken.isWellFormed(text, prefix: IssueTokens.refreshPrefix) else {
            throw Self.invalidToken
        }
        let now = cause.clockTime
        let hash = SecretToken.hash(of: text)
        // The end of a copied login must be committed, so a refusal is a result and not an error.
        let outcome = try await context.service.pool.transaction { tx in
            try self.exchange(hash, from: origin, cause: cause, in: tx)
        }
        guard case .rotated(let account, let session, let scope, let token) = outcome else {
            throw Self.invalidToken
        }
        return try IssueTokens(context: context).issue(
            account: account, session: session, scope: scope, refreshToken: token, at: now)
    }

    private func exchange(
        _ hash: [UInt8], from origin: RequestOrigin, cause: EventCause, in transaction: borrowing Transaction
    ) throws -> Outcome {
        let now = cause.clockTime
        guard let presented = try SessionStore.lockToken(hash: hash, in: transaction) else { return .refused }
        let session = presented.sessionID
        let end = EndSession(context: context)
        switch RefreshRotation.decide(presented.state, now: now, lifetimes: context.settings.lifetimes) {
        case .refuse: return .refused
        case .revoke:
            try end(session, of: presented.accountID, because: .tokenReuse, cause: cause, in: transaction)
            try Audit.record(
                .tokenReused, account: presented.accountID, organization: presented.organizationID,
                about: [.id(session)], from: origin, at: now, in: transaction)
            return .refused
        case .rotate(let nextExpiresAt):
            guard let scope = try scope(of: presented, in: transaction) else {
                try end(session, of: presented.accountID, because: .left, cause: cause, in: transaction)
                try Audit.record(
                    .sessionRevoked, account: presented.accountID, organization: presented.organizationID,
                    about: [.id(session)], from: origin, at: now, in: transaction)
                return .refused
            }
            try SessionStore.replaceToken(hash: hash, at: now, in: transaction)
            let token = try IssueTokens(context: context).storeRefreshToken(
                session: session, expiresAt: nextExpiresAt, at: now, in: transaction)
            return .rotated(presented.accountID, session, scope, token)
        }
    }

    /// The role may have changed since the login; nil when the account left the organization.
    private func scope(of presented: PresentedToken, in transaction: borrowing Transaction) throws
        -> LoginScope?
    {
        guard let account = try AccountStore.find(presented.accountID, in: transaction) else { return nil }
        // A login that began as a client's stays one: the caller asked for no organization.
        let memberships =
            presented.organizationID == nil
            ? [] : try AccountStore.memberships(of: account.id, in: transaction)
        do throws(LoginScope.NotAMember) {
            return try LoginScope(
                memberships: memberships, requested: presented.organizationID,
                isSuperadmin: account.isSuperadmin)
        } catch {
            return nil
        }
    }
}
