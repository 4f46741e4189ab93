import EventContracts
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Ends a login, for whatever reason: nothing of it counts from now on, here at once and elsewhere within seconds.
struct EndSession: Sendable {
    let context: IdentityContext

    /// Records the end in the caller's transaction; ending twice has no effect.
    ///
    /// - Returns: Whether it ended now.
    @discardableResult
    func callAsFunction(
        _ id: SessionID, of account: AccountID, because reason: RevocationReason, cause: EventCause,
        in transaction: borrowing Transaction
    ) throws -> Bool {
        let now = cause.clockTime
        guard try SessionStore.revoke(id, because: reason, at: now, in: transaction) else { return false }
        let tokensEnd = now + context.settings.lifetimes.access + .seconds(60)
        try Revocations.record(sessions: [id], expiresAt: tokensEnd, in: transaction)
        let event = try OutgoingEvent(
            SessionRevoked(sessionID: id, accountID: account), subject: id, tenant: nil, sequence: 1,
            cause: cause)
        try context.service.outbox.write(event, in: transaction)
        let authenticator = context.service.authenticator
        transaction.afterCommit { authenticator.revocationsHaveChanged() }
        return true
    }
}
