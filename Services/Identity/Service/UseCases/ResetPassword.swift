import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Somebody chooses a new password with the secret from the mail; every login of the account ends.
struct ResetPassword: Sendable {
    static let badToken = Problem(
        status: 422, code: "invalid_password_reset", title: "This link does not count",
        detail: "It is too old, or was used before. Ask for a new one.")

    let context: IdentityContext

    /// Carries it out; `respond` stores the answer with the effect.
    func callAsFunction(
        _ secret: String, password: String, from origin: RequestOrigin, cause: EventCause,
        respond: @escaping @Sendable (borrowing Transaction) throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        guard SecretToken.isWellFormed(secret, prefix: AskPasswordReset.secretPrefix) else {
            throw Self.badToken
        }
        let now = cause.clockTime
        let hash = SecretToken.hash(of: secret)
        // Looked at before a password is hashed: noise must not cost us a hash.
        let found = try await context.service.pool.transaction { tx in
            try PasswordResetStore.find(hash: hash, isLocking: false, in: tx)
        }
        guard let found, found.counts(at: now), let email = EmailAddress(found.email) else {
            throw Self.badToken
        }
        try PasswordProblems.check(password, email: email)
        let passwordHash = try await context.hash(password)
        let (replace, notice) = (ReplacePassword(context: context), SendSecurityNotice(context: context))
        let (endEvery, outbox) = (EndEverySession(context: context), context.service.outbox)
        return try await context.service.pool.transaction { tx in
            guard let account = try AccountStore.lock(found.accountID, in: tx),
                let locked = try PasswordResetStore.find(hash: hash, isLocking: true, in: tx),
                locked.counts(at: now)
            else { throw Self.badToken }
            try PasswordResetStore.markUsed(hash: hash, at: now, in: tx)
            try replace(of: account, with: passwordHash, at: now, in: tx)
            try endEvery(of: account.id, because: .passwordChanged, cause: cause, in: tx)
            // Whoever read the mail has the address.
            if let event = try Self.verified(account, cause: cause, in: tx) {
                try outbox.write(event, in: tx)
            }
            try Audit.record(.passwordResetDone, account: account.id, from: origin, at: now, in: tx)
            try notice(.passwordReset, to: account, from: origin, cause: cause, in: tx)
            return try respond(tx)
        }
    }

    private static func verified(
        _ account: StoredAccount, cause: EventCause, in transaction: borrowing Transaction
    ) throws -> OutgoingEvent? {
        guard let email = EmailAddress(account.email) else { return nil }
        let sequence = try AccountStore.markVerified(
            account.id, emailKey: email.key, at: cause.clockTime, in: transaction)
        guard let sequence else { return nil }
        return try OutgoingEvent(
            AccountVerified(accountID: account.id), subject: account.id, tenant: nil, sequence: sequence,
            cause: cause)
    }
}
