import EventContracts
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Ends the logins of an account but one: the one at which somebody sits.
struct EndOtherSessions: Sendable {
    let context: IdentityContext

    /// Records the end in the caller's transaction, which holds the account's row.
    func callAsFunction(
        than kept: SessionID, of account: AccountID, because reason: RevocationReason, cause: EventCause,
        in transaction: borrowing Transaction
    ) throws {
        let now = cause.clockTime
        let ended = try SessionStore.revokeAll(
            of: account, except: kept, because: reason, at: now, in: transaction)
        let tokensEnd = now + context.settings.lifetimes.access + .seconds(60)
        try Revocations.record(sessions: ended, expiresAt: tokensEnd, in: transaction)
        let events = try ended.map { id in
            try OutgoingEvent(
                SessionRevoked(sessionID: id, accountID: account), subject: id, tenant: nil, sequence: 1,
                cause: cause)
        }
        try context.service.outbox.write(events, in: transaction)
        let authenticator = context.service.authenticator
        transaction.afterCommit { authenticator.revocationsHaveChanged() }
    }
}
