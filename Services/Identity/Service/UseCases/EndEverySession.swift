import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// Ends every login of an account: one message tells all services that whatever was issued until now is void.
struct EndEverySession: Sendable {
    let context: IdentityContext

    /// Records the end in the caller's transaction.
    func callAsFunction(
        of account: AccountID, because reason: RevocationReason, cause: EventCause,
        in transaction: borrowing Transaction
    ) throws {
        // The account's row is locked before its logins are, as a login does: none slips in between.
        guard try AccountStore.lock(account, in: transaction) != nil else { throw Problem.unauthenticated }
        let sequence = try AccountStore.nextSequence(of: account, in: transaction)
        try SessionStore.revokeAll(
            of: account, except: nil, because: reason, at: cause.clockTime, in: transaction)
        // A refresh that came first may have issued a token after this request came: the moment is that of the end.
        let moment = max(cause.clockTime, context.now)
        let tokensEnd = moment + context.settings.lifetimes.access + .seconds(60)
        try Revocations.record(
            account: account, issuedBefore: moment, expiresAt: tokensEnd, in: transaction)
        let event = try OutgoingEvent(
            AccountTokensVoided(accountID: account, issuedBefore: moment), subject: account, tenant: nil,
            sequence: sequence, cause: cause)
        try context.service.outbox.write(event, in: transaction)
        let authenticator = context.service.authenticator
        transaction.afterCommit { authenticator.revocationsHaveChanged() }
    }
}
