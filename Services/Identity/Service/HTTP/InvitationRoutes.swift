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
        case client
    }

    private static let pageLimit = 100

    let context: IdentityContext

    func add(to router: inout Router) {
        router.post("/v1/invitations") { try await invite($0) }
        router.get("/v1/invitations") { try await list($0) }
        router.get("/v1/invitations/{token}") { try await read($0) }
        router.post("/v1/invitations/{token}/accept") { try await accept($0) }
    }

    private func invite(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.require(.customersWrite)
        let organizationID = try principal.tenant(of: request)
        let fields = try request.fields()
        _ = fields.require("kind", fields.choice("kind", Kind.self))
        let customerID = fields.require(
            "customer_id", fields.id("customer_id", of: Primitives.Kind.Customer.self))
        let email = fields.require("email", fields.parsed("email", "an e-mail address") { EmailAddress($0) })
        let name = fields.line("name", maximumLength: 200)
        guard let customerID, let email, fields.errors.isEmpty else { throw fields.invalid }
        let command = InviteClient.Command(
            organizationID: organizationID, invitedBy: try await context.person(behind: principal),
            customerID: customerID,
            email: email,
            name: name)
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await InviteClient(context: context)(command, cause: cause) { invitation, tx in
                try claim.answer(
                    .json(201, InvitationDocument.bytes(invitation, at: cause.clockTime)), in: tx)
            }
        }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.require(.customersRead)
        let organizationID = try principal.tenant(of: request)
        let before = request.queryValue("cursor").flatMap { InvitationID($0) }
        let limit = Self.pageLimit
        let page = try await context.service.pool.transaction(.snapshot) { tx in
            try InvitationStore.list(of: organizationID, before: before, limit: limit + 1, in: tx)
        }
        let shown = page.prefix(limit)
        let response = HTTPResponse.json(200, InvitationDocument.bytes(shown, at: context.now))
        guard page.count > limit, let last = shown.last else { return response }
        return response.with("X-Next-Cursor", "\(last.id)")
            .with("Link", "</v1/invitations?cursor=\(last.id)>; rel=\"next\"")
    }

    private func read(_ request: HTTPRequest) async throws -> HTTPResponse {
        let view = try await ReadInvitation(context: context)(request.parameters["token"])
        return .json(200, InvitationDocument.bytes(view, at: context.now)).with("Cache-Control", "no-store")
    }

    private func accept(_ request: HTTPRequest) async throws -> HTTPResponse {
        let secret = request.parameters["token"]
        let principal = try await context.service.authenticator.authenticateIfPresent(request)
        try principal?.requirePerson()
        let acceptor = try Self.acceptor(principal, request)
        let account = principal.map { "\($0.accountID)" } ?? ""
        let caller = "invitation \(Hex.encode(SecretToken.hash(of: secret))) \(account)"
        return try await context.idempotency.perform(request, caller: caller) { claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await AcceptInvitation(context: context)(secret, by: acceptor, cause: cause) {
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
