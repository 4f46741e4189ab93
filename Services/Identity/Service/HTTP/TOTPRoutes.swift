import EventContracts
import HTTPServer
import Primitives
import ServiceKit

/// `POST` and `DELETE /v1/me/totp`, `POST /v1/me/totp/confirm`, `POST /v1/me/totp/recovery_codes`: the second factor.
///
/// Answers with secrets are never kept, neither by caches nor for an `Idempotency-Key`.
struct TOTPRoutes: Sendable {
    let context: IdentityContext

    func add(to router: inout Router) {
        router.post("/v1/me/totp") { try await setUp($0) }
        router.post("/v1/me/totp/confirm") { try await confirm($0) }
        router.post("/v1/me/totp/recovery_codes") { try await renewRecoveryCodes($0) }
        router.delete("/v1/me/totp") { try await remove($0) }
    }

    /// The proof in the fields of a request, if any.
    static func proof(_ fields: FieldReader, code: String) -> SecondFactor.Proof? {
        let written = fields.string("recovery_code", maximumLength: 64)
        if let code = fields.string(code, maximumLength: 16) { return .code(code.filter { $0 != " " }) }
        return written.map { .recoveryCode($0) }
    }

    private func setUp(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let secret = try await SetUpTOTP(context: context)(for: principal.accountID)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("secret", secret.text)
        writer.member("uri", secret.uri)
        writer.endObject()
        return .json(201, writer.bytes).with("Cache-Control", "no-store")
    }

    private func confirm(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let fields = try request.fields()
        guard let code = fields.require("code", fields.string("code", maximumLength: 16)),
            fields.errors.isEmpty
        else { throw fields.invalid }
        let codes = try await ConfirmTOTP(context: context)(
            code.filter { $0 != " " }, by: principal, from: RequestOrigin(request),
            cause: EventCause(request, clockTime: context.now))
        return Self.answer(codes)
    }

    private func renewRecoveryCodes(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let fields = try request.fields()
        let password = fields.string("password", maximumLength: 4096)
        let code = fields.string("code", maximumLength: 16)
        let proof: RenewRecoveryCodes.Proof? =
            if let password { .password(password) } else { code.map { .code($0.filter { $0 != " " }) } }
        if proof == nil, fields.errors.isEmpty {
            fields.refuse("password", "required", "This field or code is required.")
        }
        guard let proof, fields.errors.isEmpty else { throw fields.invalid }
        let codes = try await RenewRecoveryCodes(context: context)(
            proof, by: principal, from: RequestOrigin(request),
            cause: EventCause(request, clockTime: context.now))
        return Self.answer(codes)
    }

    private static func answer(_ recoveryCodes: [String]) -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("recovery_codes", strings: recoveryCodes)
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store")
    }

    private func remove(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let fields = try request.fields()
        let password = fields.require("password", fields.string("password", maximumLength: 4096))
        let proof = Self.proof(fields, code: "code")
        if proof == nil, fields.errors.allSatisfy({ $0.field == "password" }) {
            fields.refuse("code", "required", "This field is required.")
        }
        guard let password, let proof, fields.errors.isEmpty else { throw fields.invalid }
        let command = RemoveTOTP.Command(
            password: password, proof: proof, principal: principal, origin: RequestOrigin(request))
        try await RemoveTOTP(context: context)(command, cause: EventCause(request, clockTime: context.now))
        return .empty()
    }
}
