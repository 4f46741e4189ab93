import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// A sender takes an invitation back; whoever has the mail is told so.
struct RevokeInvitation: Sendable {
    /// Carries it out in the caller's transaction; taking back twice has no effect.
    ///
    /// - Throws: `Problem` 404, 403, and 409 when it was accepted.
    func callAsFunction(
        _ id: InvitationID, of organizationID: OrganizationID, by principal: Principal, actor: Actor,
        at now: Instant, in transaction: borrowing Transaction
    ) throws {
        guard let stored = try InvitationStore.lock(id, of: organizationID, in: transaction) else {
            throw Problem.notFound
        }
        try stored.purpose.checkSender(principal)
        switch stored.rule.state {
        case .pending:
            try InvitationStore.revoke(id, at: now, in: transaction)
            try Audit.record(
                .invitationRevoked, by: actor, for: organizationID, about: [.id(id)], at: now,
                in: transaction)
        case .accepted: throw Problem(.alreadyAccepted)
        case .revoked: break
        }
    }
}
