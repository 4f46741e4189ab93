import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// A sender invites a customer to register: the secret leaves only sealed, in a mail.
struct InviteClient: Sendable {
    struct Command: Sendable {
        let organizationID: OrganizationID
        let invitedBy: AccountID
        let customerID: CustomerID
        let email: EmailAddress
        let name: String?
        let origin: RequestOrigin
    }

    static let secretPrefix = "it"

    let context: IdentityContext

    /// Carries it out; `respond` stores the answer with the effect.
    func callAsFunction(
        _ command: Command, cause: EventCause,
        respond: @escaping @Sendable (StoredInvitation, borrowing Transaction) throws -> HTTPResponse
    ) async throws -> HTTPResponse {
        let now = cause.clockTime
        let (rule, outbox) = (context.settings.invitationsPerOrganization, context.service.outbox)
        let refusal = try await context.service.pool.transaction { tx in
            try ThrottleStore.count(rule, subject: "\(command.organizationID)", at: now, in: tx)
        }
        if let refusal { throw refusal }
        let token = SecretToken.generate(prefix: Self.secretPrefix)
        let invitation = StoredInvitation(
            id: .new(at: now), organizationID: command.organizationID, purpose: .client(command.customerID),
            email: command.email.text, emailKey: command.email.key, name: command.name, createdAt: now,
            rule: Invitation(state: .pending, expiresAt: now + context.settings.invitationLife))
        let sealedLink = try context.seal(link: "/invitations/\(token.text.reveal())")
        return try await context.service.pool.transaction { tx in
            guard let organization = try OrganizationStore.find(command.organizationID, in: tx) else {
                throw Problem.notFound
            }
            try InvitationStore.supersede(
                invitation.purpose, emailKey: invitation.emailKey, organization: command.organizationID,
                at: now,
                in: tx)
            try InvitationStore.insert(invitation, hash: token.hash, invitedBy: command.invitedBy, in: tx)
            try Audit.record(
                .invitationSent, account: command.invitedBy, organization: command.organizationID,
                about: [.id(invitation.id), .id(command.customerID)], from: command.origin, at: now, in: tx)
            try outbox.write(try Self.mail(invitation, organization, sealedLink, cause), in: tx)
            return try respond(invitation, tx)
        }
    }

    private static func mail(
        _ invitation: StoredInvitation, _ organization: StoredOrganization, _ sealedLink: String,
        _ cause: EventCause
    ) throws -> OutgoingEvent {
        let mailID = MailID.new(at: cause.clockTime)
        return try OutgoingEvent(
            IdentityMailRequested(
                mailID: mailID, kind: .clientInvitation, to: invitation.email, recipientName: invitation.name,
                organizationID: invitation.organizationID, organizationName: organization.name,
                sealedLink: sealedLink, expiresAt: invitation.rule.expiresAt),
            subject: mailID, tenant: invitation.organizationID, sequence: nil, cause: cause)
    }
}
