import EventContracts
import HTTPServer
import Postgres
import Primitives
import ServiceKit

/// `POST /v1/sessions`, `POST /v1/sessions/refresh`, `DELETE /v1/sessions/current`.
///
/// Answers with tokens are never kept, neither by caches nor for an `Idempotency-Key`. A page asks for cookies with
/// `"delivery":"cookie"`; no script ever sees its tokens.
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
        let delivery = TokenDelivery.asked(in: fields)
        guard let email, let password, fields.errors.isEmpty else { throw fields.invalid }
        let command = LogIn.Command(
            email: email, password: password, organizationID: organizationID,
            origin: RequestOrigin(request), proof: proof)
        let cause = EventCause(request, clockTime: context.now)
        if case .cookie = delivery { try context.service.cookies.csrfGuard.requireOwnPage(request) }
        return context.answer(try await LogIn(context: context)(command, cause: cause), by: delivery)
    }

    private func refresh(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = try request.fields()
        let delivery = TokenDelivery.asked(in: fields)
        switch delivery {
        case .body:
            guard
                let token = fields.require(
                    "refresh_token", fields.string("refresh_token", maximumLength: 200)),
                fields.errors.isEmpty
            else { throw fields.invalid }
            return context.answer(try await exchange(token, request), by: delivery)
        case .cookie:
            // A token that a script could read is not to become one that looks as if none could.
            if fields.contains("refresh_token") {
                fields.refuse("refresh_token", "not_allowed", "The token of a page is in its cookie.")
            }
            guard fields.errors.isEmpty else { throw fields.invalid }
            return try await refreshCookies(request)
        }
    }

    private func exchange(_ token: String, _ request: HTTPRequest) async throws -> IssuedTokens {
        let cause = EventCause(request, clockTime: context.now)
        return try await RefreshSession(context: context)(token, from: RequestOrigin(request), cause: cause)
    }

    /// A refusal makes the browser forget the login: it is over, and nothing that the page sends will change that.
    private func refreshCookies(_ request: HTTPRequest) async throws -> HTTPResponse {
        let cookies = context.service.cookies
        try cookies.csrfGuard.requireOwnPage(request)
        guard let token = request.cookie(SessionCookies.refresh) else {
            throw Problem.unauthenticated.setting(cookies.removed)
        }
        do {
            return context.answer(try await exchange(token, request), by: .cookie)
        } catch let problem as Problem where problem.status == 401 {
            throw problem.setting(cookies.removed)
        }
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
        return context.forgetting(request, .empty())
    }
}
