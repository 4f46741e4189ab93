import Crypto
import EventContracts
import HTTPServer
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Somebody proves an address with the secret from the mail.
struct VerifyEmail: Sendable {
    static let badToken = Problem(
        status: 422, code: "invalid_verification", title: "This link does not count",
        detail: "It is too old, or for another address. Ask for a new one.")

    let context: IdentityContext

    /// Proves the address; a second click on the same link has the same answer.
    func callAsFunction(_ text: String, from origin: RequestOrigin, cause: EventCause) async throws
        -> AccountID
    {
        let now = cause.clockTime
        let outbox = context.service.outbox
        guard SecretToken.isWellFormed(text, prefix: RequestVerification.secretPrefix) else {
            throw Self.badToken
        }
        let hash = SecretToken.hash(of: text)
        return try await context.service.pool.transaction { tx in
            guard let stored = try VerificationStore.lock(hash: hash, in: tx) else { throw Self.badToken }
            if stored.usedAt != nil { return stored.accountID }
            guard now < stored.expiresAt else { throw Self.badToken }
            try VerificationStore.markUsed(hash: hash, at: now, in: tx)
            let sequence = try AccountStore.markVerified(
                stored.accountID, emailKey: stored.emailKey, at: now, in: tx)
            if let sequence {
                let event = try OutgoingEvent(
                    AccountVerified(accountID: stored.accountID), subject: stored.accountID, tenant: nil,
                    sequence: sequence, cause: cause)
                try outbox.write(event, in: tx)
                try Audit.record(.emailVerified, account: stored.accountID, from: origin, at: now, in: tx)
            }
            return stored.accountID
        }
    }
}
