import EventContracts
import HTTPServer
import IdentityDomain
import Primitives
import ServiceKit

/// `POST /v1/sign-up`, `POST /v1/verifications`.
struct SignUpRoutes: Sendable {
    let context: IdentityContext

    func add(to router: inout Router) {
        router.post("/v1/sign-up") { try await signUp($0) }
        router.post("/v1/verifications") { try await verify($0) }
    }

    private func signUp(_ request: HTTPRequest) async throws -> HTTPResponse {
        let command = try Self.command(try request.fields(), from: RequestOrigin(request))
        // Nobody is logged in yet: the address that signs up keeps keys of different people apart.
        return try await context.idempotency.perform(request, caller: "sign-up \(command.email.key)") {
            claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await SignUp(context: context)(command, cause: cause) { outcome, tx in
                var writer = JSONWriter()
                writer.beginObject()
                writer.member("account_id", outcome.accountID)
                writer.member("organization_id", outcome.organizationID)
                writer.endObject()
                return try claim.answer(.json(201, writer.bytes), in: tx)
            }
        }
    }

    private func verify(_ request: HTTPRequest) async throws -> HTTPResponse {
        let fields = try request.fields()
        guard let token = fields.require("token", fields.string("token", maximumLength: 200)),
            fields.errors.isEmpty
        else { throw fields.invalid }
        let cause = EventCause(request, clockTime: context.now)
        let accountID = try await VerifyEmail(context: context)(
            token, from: RequestOrigin(request), cause: cause)
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("account_id", accountID)
        writer.member("verified", true)
        writer.endObject()
        return .json(200, writer.bytes)
    }

    private static func command(_ fields: FieldReader, from origin: RequestOrigin) throws -> SignUp.Command {
        let email = fields.require("email", fields.parsed("email", "an e-mail address") { EmailAddress($0) })
        let password = fields.require("password", fields.string("password", maximumLength: 1024))
        let name = fields.require("name", fields.line("name", maximumLength: 200))
        let language = fields.parsed("language", "a language tag such as de or pt-BR") { LanguageTag($0) }
        if let email, let password, let error = PasswordProblems.error(password, email: email) {
            fields.refuse(error.field, error.code, error.message)
        }
        let organization = fields.require("organization", fields.object("organization")).flatMap(
            Self.organization)
        guard let email, let password, let name, let organization, fields.errors.isEmpty else {
            throw fields.invalid
        }
        return SignUp.Command(
            email: email, password: password, name: name, language: language?.text,
            organization: organization,
            origin: origin)
    }

    private static func organization(_ fields: FieldReader) -> StoredSignUp.Organization? {
        let name = fields.require("name", fields.line("name", maximumLength: 200))
        let currency = fields.require("currency", fields.currency("currency"))
        let zone = fields.require(
            "zone", fields.parsed("zone", "an IANA time zone such as Europe/Berlin") { Zone($0) })
        let prefix = fields.parsed("invoice_prefix", "1 to \(InvoicePrefix.maximumLength) letters and digits")
        {
            InvoicePrefix($0)
        }
        let domain = fields.parsed("domain", "a host name such as billing.example.com") { DomainName($0) }
        let address = fields.string("address", maximumLength: 500)
        let isTest = fields.bool("test_mode") ?? false
        guard let name, let currency, let zone else { return nil }
        return StoredSignUp.Organization(
            name: name, currency: currency, zone: zone,
            invoicePrefix: (prefix ?? InvoicePrefix(derivedFrom: name)).text, domain: domain?.text,
            address: address, isTest: isTest)
    }
}
