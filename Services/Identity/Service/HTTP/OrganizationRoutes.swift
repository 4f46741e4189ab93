import EventContracts
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// `/v1/organizations`: which ones the caller works in, and the settings of one.
struct OrganizationRoutes: Sendable {
    private static let payLinkDays: ClosedRange<Int64> = 1...3650

    let context: IdentityContext

    func add(to router: inout Router) {
        router.get("/v1/organizations") { try await list($0) }
        router.get("/v1/organizations/{id}") { try await fetch($0) }
        router.patch("/v1/organizations/{id}") { try await update($0) }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let page = try Page<Kind.Organization>(request)
        // A superadmin acts in all of them; everybody else sees the places of the own account.
        let account = principal.isSuperadmin ? nil : principal.accountID
        let places = try await context.service.pool.transaction(.snapshot) { tx in
            try OrganizationStore.places(of: account, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(places, to: request, id: \.id, body: OrganizationDocument.bytes)
            .with("Cache-Control", "no-store")
    }

    private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (_, id) = try await context.organization(of: request, .organizationRead)
        return try await context.service.pool.transaction(.snapshot) { tx in
            guard let organization = try OrganizationStore.find(id, in: tx) else { throw Problem.notFound }
            let hasLogo = try LogoStore.exists(of: id, in: tx)
            return .json(200, OrganizationDocument.bytes(organization, hasLogo: hasLogo))
        }
    }

    private func update(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, id) = try await context.organization(of: request, .organizationWrite)
        let fields = try request.fields()
        let command = Self.command(fields)
        guard fields.errors.isEmpty else { throw fields.invalid }
        let (pool, update) = (context.service.pool, UpdateOrganization(context: context))
        let actor = try await context.actor(principal, request)
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await pool.transaction { tx in
                let organization = try update(command, of: id, by: actor, cause: cause, in: tx)
                let hasLogo = try LogoStore.exists(of: id, in: tx)
                return try claim.answer(
                    .json(200, OrganizationDocument.bytes(organization, hasLogo: hasLogo)), in: tx)
            }
        }
    }

    private static func command(_ fields: FieldReader) -> UpdateOrganization.Command {
        func change<Value>(_ name: String, _ value: Value?) -> FieldChange<Value> {
            fields.contains(name) ? .replace(value) : .keep
        }
        return UpdateOrganization.Command(
            name: fields.line("name", maximumLength: 200),
            email: fields.parsed("email", "an e-mail address") { EmailAddress($0) },
            address: change("address", fields.string("address", minimumLength: 1, maximumLength: 500)),
            taxID: change("tax_id", fields.line("tax_id", maximumLength: 50)),
            zone: fields.parsed("zone", "an IANA time zone such as Europe/Berlin") { Zone($0) },
            currency: fields.currency("currency"),
            invoicePrefix: fields.parsed(
                "invoice_prefix", "1 to \(InvoicePrefix.maximumLength) letters and digits"
            ) { InvoicePrefix($0) },
            accentColor: change(
                "accent_color", fields.parsed("accent_color", "a colour such as #1f5eff") { AccentColor($0) }),
            payLinkDays: fields.integer("pay_link_days", in: payLinkDays).map { Int($0) },
            payLinkOneTime: fields.bool("pay_link_one_time"),
            domain: change(
                "domain",
                fields.parsed("domain", "a host name such as billing.example.com") { DomainName($0) }))
    }
}
