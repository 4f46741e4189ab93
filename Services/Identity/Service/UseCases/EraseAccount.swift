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
        let principal: Principal
        let password: String
        let origin: RequestOrigin
    }

    let context: IdentityContext

    /// Checks the password once more, then blanks the person here and tells the other services to do the same.
    ///
    /// - Throws: `Problem` 422 for a wrong password, 409 for the last owner of an organization.
    func callAsFunction(_ command: Command, cause: EventCause) async throws {
        let account = try await CheckPassword(context: context)(
            command.password, field: "password", of: command.principal.accountID, from: command.origin,
            at: cause.clockTime)
        try await context.service.pool.transaction { tx in
            try self.leave(account.id, command, cause: cause, in: tx)
            try self.blank(account, cause: cause, in: tx)
        }
    }

    /// Ends every login and takes the account out of its organizations, one after the other in the order of their ids.
    private func leave(
        _ id: AccountID, _ command: Command, cause: EventCause, in tx: borrowing Transaction
    ) throws {
        // This locks the account: no login slips in between.
        try EndEverySession(context: context)(of: id, because: .left, cause: cause, in: tx)
        try Audit.record(.accountErased, account: id, from: command.origin, at: cause.clockTime, in: tx)
        let change = ChangeMember(context: context)
        for organizationID in try AccountStore.memberships(of: id, in: tx).map(\.organizationID).sorted() {
            let place = ChangeMember.Target(
                accountID: id, organizationID: organizationID, principal: command.principal,
                actor: Actor(accountID: id, origin: command.origin))
            try change.remove(place, cause: cause, in: tx)
        }
    }

    private func blank(_ account: StoredAccount, cause: EventCause, in tx: borrowing Transaction) throws {
        try SessionStore.removeAll(of: account.id, in: tx)
        try VerificationStore.removeAll(of: account.id, in: tx)
        try AddressEvent.forget(emailKey: account.emailKey, in: tx)
        try SignUpStore.forget(emailKey: account.emailKey, in: tx)
        try PasswordResetStore.withdraw(of: account.id, in: tx)
        try SecondFactorStore.remove(of: account.id, in: tx)
        try Audit.blankOrigins(of: account.id, in: tx)
        try InvitationStore.blank(to: account.email, in: tx)
        try IdempotencyStore.forget([account.name, account.email], in: tx)
        let sequence = try AccountStore.nextSequence(of: account.id, in: tx)
        try AccountStore.erase(account.id, at: cause.clockTime, in: tx)
        try context.service.outbox.write(
            try OutgoingEvent(
                AccountErased(accountID: account.id), subject: account.id, tenant: nil, sequence: sequence,
                cause: cause), in: tx)
    }
}
