import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// A sender mails an invitation again: with a new secret and a new end, and the old secret names nothing any more.
struct ResendInvitation: Sendable {
    let context: IdentityContext

    /// Carries it out; `respond` stores the answer with the effect.
    func callAsFunction(
        _ id: InvitationID, of organizationID: OrganizationID, by principal: Principal, actor: Actor,
        cause: EventCause,
        respond: @escaping @Sendable (StoredInvitation, borrowing Transaction) throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let (invite, outbox) = (Invite(context: context), context.service.outbox)
        try await invite.count(for: organizationID, at: cause.clockTime)
        let token = SecretToken.generate(prefix: Invite.secretPrefix)
        let sealedLink = try invite.link(token)
        let expiresAt = cause.clockTime + context.settings.invitationLife
        return try await context.service.pool.transaction { tx in
            guard let stored = try InvitationStore.lock(id, of: organizationID, in: tx),
                let organization = try OrganizationStore.find(organizationID, in: tx)
            else { throw Problem.notFound }
            try stored.purpose.checkSender(principal)
            switch stored.rule.state {
            case .pending: break
            case .accepted: throw Problem(.alreadyAccepted)
            case .revoked: throw Problem(.revoked)
            }
            try Invite.refuseMember(stored, in: tx)
            let renewed = stored.renewed(until: expiresAt)
            try InvitationStore.renew(id, hash: token.hash, expiresAt: expiresAt, in: tx)
            try Audit.record(
                .invitationResent, by: actor, for: organizationID, about: [.id(id)], at: cause.clockTime,
                in: tx)
            try outbox.write(try Invite.mail(renewed, organization, sealedLink, cause), in: tx)
            return try respond(renewed, tx)
        }
    }
}
