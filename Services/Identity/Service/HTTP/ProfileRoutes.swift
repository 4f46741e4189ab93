import EventContracts
import HTTPServer
import IdentityDomain
import Primitives
import ServiceKit

/// `PATCH /v1/me`, `POST /v1/me/email`: the own particulars.
struct ProfileRoutes: Sendable {
    let context: IdentityContext

    func add(to router: inout Router) {
        router.patch("/v1/me") { try await update($0) }
        router.post("/v1/me/email") { try await changeEmail($0) }
    }

    private func update(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let fields = try request.fields()
        let name = fields.line("name", maximumLength: 200)
        let language = fields.parsed("language", "a language tag such as de or pt-BR") { LanguageTag($0) }
        guard fields.errors.isEmpty else { throw fields.invalid }
        let command = UpdateProfile.Command(
            name: name, language: fields.contains("language") ? .some(language) : nil)
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await UpdateProfile(context: context)(command, of: principal.accountID, cause: cause) {
                account, tx in try claim.answer(.json(200, Self.bytes(account)), in: tx)
            }
        }
    }

    private func changeEmail(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let fields = try request.fields()
        let email = fields.require("email", fields.parsed("email", "an e-mail address") { EmailAddress($0) })
        let password = fields.require("password", fields.string("password", maximumLength: 4096))
        guard let email, let password, fields.errors.isEmpty else { throw fields.invalid }
        let command = ChangeEmail.Command(
            email: email, password: password, principal: principal, origin: RequestOrigin(request))
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await ChangeEmail(context: context)(command, cause: cause) { tx in
                try claim.answer(.empty(202), in: tx)
            }
        }
    }

    private static func bytes(_ account: StoredAccount) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("account_id", account.id)
        writer.member("email", account.email)
        writer.member("email_verified", account.verifiedAt != nil)
        writer.member("name", account.name)
        writer.member("language", account.language)
        writer.endObject()
        return writer.bytes
    }
}
