import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Messaging
import Postgres
import Primitives
import ServiceKit

/// A sender invites a customer to register or a colleague to the team: the secret leaves only sealed, in a mail.
struct Invite: Sendable {
    struct Command: Sendable {
        let organizationID: OrganizationID
        let invitedBy: AccountID
        let purpose: InvitationPurpose
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
        let outbox = context.service.outbox
        try await count(for: command.organizationID, at: now)
        let token = SecretToken.generate(prefix: Self.secretPrefix)
        let invitation = StoredInvitation(
            id: .new(at: now), organizationID: command.organizationID, purpose: command.purpose,
            email: command.email.text, emailKey: command.email.key, name: command.name, createdAt: now,
            rule: Invitation(state: .pending, expiresAt: now + context.settings.invitationLife))
        let sealedLink = try link(token)
        return try await context.service.pool.transaction { tx in
            guard let organization = try OrganizationStore.find(command.organizationID, in: tx) else {
                throw Problem.notFound
            }
            try Self.refuseMember(invitation, in: tx)
            try InvitationStore.supersede(
                invitation.purpose, emailKey: invitation.emailKey, organization: command.organizationID,
                at: now, in: tx)
            try InvitationStore.insert(invitation, hash: token.hash, invitedBy: command.invitedBy, in: tx)
            try Audit.record(
                .invitationSent, account: command.invitedBy, organization: command.organizationID,
                about: [.id(invitation.id)] + (command.purpose.customerID.map { [.id($0)] } ?? []),
                from: command.origin, at: now, in: tx)
            try outbox.write(
                try [Self.mail(invitation, organization, sealedLink, cause)]
                    + Self.tell(invitation, cause: cause, in: tx), in: tx)
            return try respond(invitation, tx)
        }
    }

    /// What others hear: that a team may grow; a client is told of when the invitation is accepted.
    private static func tell(
        _ invitation: StoredInvitation, cause: EventCause, in transaction: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        guard case .member(let role) = invitation.purpose else { return [] }
        let organization = invitation.organizationID
        let sequence = try OrganizationStore.nextSequence(of: organization, in: transaction)
        let event = MemberInvited(
            organizationID: organization, invitationID: invitation.id, role: role.rawValue)
        return [
            try OutgoingEvent(
                event, subject: organization, tenant: organization, sequence: sequence, cause: cause)
        ]
    }

    /// Counts a mail against the organization's limit.
    func count(for organization: OrganizationID, at now: Instant) async throws {
        let rule = context.settings.invitationsPerOrganization
        let refusal = try await context.service.pool.transaction { tx in
            try ThrottleStore.count(rule, subject: "\(organization)", at: now, in: tx)
        }
        if let refusal { throw refusal }
    }

    /// The link with the secret, sealed for the mail.
    func link(_ token: SecretToken) throws -> String {
        try context.seal(link: "/invitations/\(token.text.reveal())")
    }

    /// Refuses to invite somebody to a team who belongs to it.
    static func refuseMember(_ invitation: StoredInvitation, in transaction: borrowing Transaction) throws {
        guard case .member = invitation.purpose,
            let account = try AccountStore.find(emailKey: invitation.emailKey, in: transaction),
            try AccountStore.memberships(of: account.id, in: transaction)
                .contains(where: { $0.organizationID == invitation.organizationID })
        else { return }
        throw Problem.conflict("already_member", "The account with this address belongs to the team")
    }

    /// The request for the mail.
    static func mail(
        _ invitation: StoredInvitation, _ organization: StoredOrganization, _ sealedLink: String,
        _ cause: EventCause
    ) throws -> OutgoingEvent {
        let mailID = MailID.new(at: cause.clockTime)
        let kind: IdentityMailKind =
            switch invitation.purpose {
            case .client: .clientInvitation
            case .member: .memberInvitation
            }
        return try OutgoingEvent(
            IdentityMailRequested(
                mailID: mailID, kind: kind, to: invitation.email, recipientName: invitation.name,
                organizationID: invitation.organizationID, organizationName: organization.name,
                sealedLink: sealedLink, expiresAt: invitation.rule.expiresAt),
            subject: mailID, tenant: invitation.organizationID, sequence: nil, cause: cause)
    }
}
