import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// A person leaves and is forgotten: what they did stays under an id without a name, as the books need it.
struct EraseAccount: Sendable {
    struct Command: Sendable {
        let accountID: AccountID
        let password: String
        let origin: RequestOrigin
    }

    static let lastOwner = Problem.conflict(
        "last_owner", "An organization would have no owner",
        "Make somebody else an owner of your organizations, then delete the account.")

    let context: IdentityContext

    /// Checks the password once more, then blanks the person here and tells the other services to do the same.
    ///
    /// - Throws: `Problem` 422 for a wrong password, 409 for the last owner of an organization.
    func callAsFunction(_ command: Command, cause: EventCause) async throws {
        let stored = try await CheckPassword(context: context)(
            command.password, field: "password", of: command.accountID, from: command.origin,
            at: cause.clockTime)
        try await context.service.pool.transaction { tx in
            guard try AccountStore.countOrganizationsOwnedAlone(by: stored.id, in: tx) == 0 else {
                throw Self.lastOwner
            }
            try self.erase(stored, cause: cause, in: tx)
        }
    }

    private func erase(_ account: StoredAccount, cause: EventCause, in tx: borrowing Transaction) throws {
        let now = cause.clockTime
        let memberships = try AccountStore.memberships(of: account.id, in: tx)
        try AccountStore.leaveAll(account.id, in: tx)
        try SessionStore.removeAll(of: account.id, in: tx)
        try VerificationStore.removeAll(of: account.id, in: tx)
        try PasswordResetStore.withdraw(of: account.id, in: tx)
        try SecondFactorStore.remove(of: account.id, in: tx)
        try Audit.blankOrigins(of: account.id, in: tx)
        try InvitationStore.blank(to: account.email, in: tx)
        try IdempotencyStore.forget([account.name, account.email], in: tx)
        guard let sequence = try AccountStore.erase(account.id, at: now, in: tx) else { return }
        let tokensEnd = now + context.settings.lifetimes.access + .seconds(60)
        try Revocations.record(account: account.id, issuedBefore: now, expiresAt: tokensEnd, in: tx)
        var events: [OutgoingEvent] = []
        for membership in memberships {
            events.append(try departure(membership, of: account.id, cause: cause, in: tx))
        }
        events.append(
            try OutgoingEvent(
                AccountTokensVoided(accountID: account.id, issuedBefore: now), subject: account.id,
                tenant: nil, sequence: sequence - 1, cause: cause))
        events.append(
            try OutgoingEvent(
                AccountErased(accountID: account.id), subject: account.id, tenant: nil, sequence: sequence,
                cause: cause))
        try context.service.outbox.write(events, in: tx)
        let authenticator = context.service.authenticator
        tx.afterCommit { authenticator.revocationsHaveChanged() }
    }

    private func departure(
        _ membership: Membership, of account: AccountID, cause: EventCause, in tx: borrowing Transaction
    ) throws -> OutgoingEvent {
        let organization = membership.organizationID
        return try OutgoingEvent(
            MemberChanged(organizationID: organization, accountID: account, role: nil),
            subject: organization, tenant: organization,
            sequence: try OrganizationStore.nextSequence(of: organization, in: tx), cause: cause)
    }
}
