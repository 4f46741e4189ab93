import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// `/v1/invitations`: a sender invites, whoever holds the secret looks and accepts.
struct InvitationRoutes: Sendable {
    private enum Kind: String, CaseIterable {
        case client, member
    }

    /// The roles that somebody can be invited to; an owner is made of a member.
    private enum InvitedRole: String, CaseIterable {
        case admin, member

        var role: Role {
            switch self {
            case .admin: .admin
            case .member: .member
            }
        }
    }

    let context: IdentityContext

    func add(to router: inout Router) {
        router.post("/v1/invitations") { try await invite($0) }
        router.get("/v1/invitations") { try await list($0) }
        // The sender names an invitation by its id, whoever was invited by the secret.
        router.get("/v1/invitations/{invitation}") { try await read($0) }
        router.post("/v1/invitations/{invitation}/accept") { try await accept($0) }
        router.post("/v1/invitations/{invitation}/resend") { try await resend($0) }
        router.delete("/v1/invitations/{invitation}") { try await revoke($0) }
    }

    private func invite(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, organizationID) = try await inviter(request)
        let fields = try request.fields()
        let purpose = Self.purpose(fields)
        let email = fields.require("email", fields.parsed("email", "an e-mail address") { EmailAddress($0) })
        let name = fields.line("name", maximumLength: 200)
        guard let purpose, let email, fields.errors.isEmpty else { throw fields.invalid }
        try purpose.checkSender(principal)
        let command = Invite.Command(
            organizationID: organizationID, invitedBy: try await context.person(behind: principal),
            purpose: purpose, email: email, name: name, origin: RequestOrigin(request))
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await Invite(context: context)(command, cause: cause) { invitation, tx in
                try claim.answer(
                    .json(201, InvitationDocument.bytes(invitation, at: cause.clockTime)), in: tx)
            }
        }
    }

    /// Somebody who may invite to anything at all; to what is checked with the invitation.
    private func inviter(
        _ request: HTTPRequest
    ) async throws -> (principal: Principal, organizationID: OrganizationID) {
        let (principal, organizationID) = try await context.acting(request)
        guard principal.may(.customersWrite) || principal.may(.membersWrite) else {
            throw Problem.forbidden("This needs the permission customers.write or members.write.")
        }
        return (principal, organizationID)
    }

    private static func purpose(_ fields: FieldReader) -> InvitationPurpose? {
        let kind = fields.require("kind", fields.choice("kind", Kind.self))
        guard kind != .member else {
            return fields.require("role", fields.choice("role", InvitedRole.self)).map { .member($0.role) }
        }
        let customerID = fields.require(
            "customer_id", fields.id("customer_id", of: Primitives.Kind.Customer.self))
        return customerID.map { .client($0) }
    }

    private func resend(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, organizationID) = try await inviter(request)
        let id = try request.id("invitation", of: Primitives.Kind.Invitation.self)
        let actor = try await context.actor(principal, request)
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await ResendInvitation(context: context)(
                id, of: organizationID, by: principal, actor: actor, cause: cause
            ) { invitation, tx in
                try claim.answer(
                    .json(200, InvitationDocument.bytes(invitation, at: cause.clockTime)), in: tx)
            }
        }
    }

    private func revoke(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, organizationID) = try await inviter(request)
        let id = try request.id("invitation", of: Primitives.Kind.Invitation.self)
        let (now, actor) = (context.now, try await context.actor(principal, request))
        try await context.service.pool.transaction { tx in
            try RevokeInvitation()(id, of: organizationID, by: principal, actor: actor, at: now, in: tx)
        }
        return .empty()
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, organizationID) = try await context.acting(request)
        let kinds = Kind.allCases.filter {
            switch $0 {
            case .client: principal.may(.customersRead)
            case .member: principal.may(.membersRead)
            }
        }.map(\.rawValue)
        guard !kinds.isEmpty else { throw Problem.forbidden() }
        let page = try Page<Primitives.Kind.Invitation>(request)
        let invitations = try await context.service.pool.transaction(.snapshot) { tx in
            try InvitationStore.list(
                of: organizationID, kinds: kinds, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        let now = context.now
        return page.answer(invitations, to: request, id: \.id) { InvitationDocument.bytes($0, at: now) }
    }

    private func read(_ request: HTTPRequest) async throws -> HTTPResponse {
        let view = try await ReadInvitation(context: context)(request.parameters["invitation"])
        return .json(200, InvitationDocument.bytes(view, at: context.now)).with("Cache-Control", "no-store")
    }

    private func accept(_ request: HTTPRequest) async throws -> HTTPResponse {
        let secret = request.parameters["invitation"]
        let principal = try await context.service.authenticator.authenticateIfPresent(request)
        try principal?.requirePerson()
        let acceptor = try Self.acceptor(principal, request)
        let account = principal.map { "\($0.accountID)" } ?? ""
        let caller = "invitation \(Hex.encode(SecretToken.hash(of: secret))) \(account)"
        return try await context.idempotency.perform(request, caller: caller) { claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await AcceptInvitation(context: context)(
                secret, by: acceptor, from: RequestOrigin(request), cause: cause
            ) {
                accountID, tx in
                var writer = JSONWriter()
                writer.beginObject()
                writer.member("account_id", accountID)
                writer.endObject()
                return try claim.answer(.json(200, writer.bytes), in: tx)
            }
        }
    }

    private static func acceptor(_ principal: Principal?, _ request: HTTPRequest) throws
        -> AcceptInvitation.Acceptor
    {
        if let principal { return .existing(principal.accountID) }
        let fields = try request.fields()
        let name = fields.line("name", maximumLength: 200)
        guard let password = fields.require("password", fields.string("password", maximumLength: 1024)),
            fields.errors.isEmpty
        else { throw fields.invalid }
        return .new(name: name, password: password)
    }
}
