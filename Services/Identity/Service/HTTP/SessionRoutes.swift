import EventContracts
import HTTPServer
import Postgres
import Primitives
import ServiceKit

/// `POST /v1/sessions`, `POST /v1/sessions/refresh`, `DELETE /v1/sessions/current`.
///
/// Answers with tokens are never kept, neither by caches nor for an `Idempotency-Key`.
struct SessionRoutes: Sendable {
    let context: IdentityContext

    func add(to router: inout Router) {
        router.post("/v1/sessions") { try await logIn($0) }
        router.post("/v1/sessions/refresh") { try await refresh($0) }
        router.delete("/v1/sessions/current") { try await logOut($0) }
    }

    private func logIn(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = try request.fields()
        let email = fields.require("email", fields.string("email", maximumLength: 320))
        let password = fields.require("password", fields.string("password", maximumLength: 4096))
        let organizationID = fields.id("organization_id", of: Kind.Organization.self)
        let proof = TOTPRoutes.proof(fields, code: "totp_code")
        guard let email, let password, fields.errors.isEmpty else { throw fields.invalid }
        let command = LogIn.Command(
            email: email, password: password, organizationID: organizationID,
            origin: RequestOrigin(request), proof: proof)
        let cause = EventCause(request, clockTime: context.now)
        return Self.answer(try await LogIn(context: context)(command, cause: cause))
    }

    private func refresh(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = try request.fields()
        guard let token = fields.require("refresh_token", fields.string("refresh_token", maximumLength: 200)),
            fields.errors.isEmpty
        else { throw fields.invalid }
        let cause = EventCause(request, clockTime: context.now)
        return Self.answer(
            try await RefreshSession(context: context)(token, from: RequestOrigin(request), cause: cause))
    }

    private func logOut(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let cause = EventCause(request, clockTime: context.now)
        let (end, origin) = (EndSession(context: context), RequestOrigin(request))
        try await context.service.pool.transaction { tx in
            guard
                try end(
                    principal.sessionID, of: principal.accountID, because: .logout, cause: cause, in: tx)
            else { return }
            try Audit.record(
                .loggedOut, account: principal.accountID, organization: principal.organizationID,
                about: [.id(principal.sessionID)], from: origin, at: cause.clockTime, in: tx)
        }
        return .empty()
    }

    private static func answer(_ tokens: IssuedTokens) -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("access_token", tokens.accessToken)
        writer.member("token_type", "Bearer")
        writer.member("expires_in", tokens.expiresIn.components.seconds)
        writer.member("refresh_token", tokens.refreshToken.reveal())
        writer.member("account_id", tokens.principal.accountID)
        writer.member("organization_id", tokens.principal.organizationID)
        writer.member("role", tokens.principal.role.rawValue)
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store")
    }
}
