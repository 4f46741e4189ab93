import Crypto
import EventContracts
import HTTPServer
import IdentityDomain
import Primitives
import ServiceKit

/// `POST /v1/password_resets`, `POST /v1/password_resets/{token}`, `POST /v1/password`.
struct PasswordRoutes: Sendable {
    let context: IdentityContext

    func add(to router: inout Router) {
        router.post("/v1/password_resets") { try await ask($0) }
        router.post("/v1/password_resets/{token}") { try await reset($0) }
        router.post("/v1/password") { try await change($0) }
    }

    private func ask(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = try request.fields()
        let email = fields.require("email", fields.parsed("email", "an e-mail address") { EmailAddress($0) })
        guard let email, fields.errors.isEmpty else { throw fields.invalid }
        return try await context.idempotency.perform(request, caller: "password reset \(email.key)") {
            claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await AskPasswordReset(context: context)(
                email, from: RequestOrigin(request), cause: cause
            ) { tx in try claim.answer(.empty(202), in: tx) }
        }
    }

    private func reset(_ request: HTTPRequest) async throws -> HTTPResponse {
        let secret = request.parameters["token"]
        let fields = try request.fields()
        let password = fields.require("password", fields.string("password", maximumLength: 1024))
        guard let password, fields.errors.isEmpty else { throw fields.invalid }
        let caller = "password reset \(Hex.encode(SecretToken.hash(of: secret)))"
        return try await context.idempotency.perform(request, caller: caller) { claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await ResetPassword(context: context)(
                secret, password: password, from: RequestOrigin(request), cause: cause
            ) { tx in try claim.answer(.empty(), in: tx) }
        }
    }

    private func change(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let fields = try request.fields()
        let current = fields.require(
            "current_password", fields.string("current_password", maximumLength: 4096))
        let new = fields.require("new_password", fields.string("new_password", maximumLength: 1024))
        guard let current, let new, fields.errors.isEmpty else { throw fields.invalid }
        let command = ChangePassword.Command(
            current: current, new: new, principal: principal, origin: RequestOrigin(request))
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await ChangePassword(context: context)(command, cause: cause) { tx in
                try claim.answer(.empty(), in: tx)
            }
        }
    }
}
