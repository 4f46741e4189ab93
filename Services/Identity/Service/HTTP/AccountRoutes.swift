import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// `GET /v1/me` and the issuer's public keys.
struct AccountRoutes: Sendable {
    let context: IdentityContext

    func add(to router: inout Router) {
        router.get("/v1/me") { try await me($0) }
        router.get("/.well-known/jwks.json") { _ in
            HTTPResponse(
                status: 200,
                headers: ["Content-Type": "application/jwk-set+json", "Cache-Control": "public, max-age=60"],
                body: context.signingKeys.document)
        }
    }

    private func me(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let (account, memberships, names, hasTOTP) = try await context.service.pool.transaction(.snapshot) {
            tx in
            guard let account = try AccountStore.find(principal.accountID, in: tx) else {
                throw Problem.unauthenticated
            }
            let memberships = try AccountStore.memberships(of: account.id, in: tx)
            return (
                account, memberships, try OrganizationStore.names(memberships.map(\.organizationID), in: tx),
                try SecondFactorStore.isConfirmed(of: account.id, in: tx)
            )
        }
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("account_id", account.id)
        writer.member("email", account.email)
        writer.member("email_verified", account.verifiedAt != nil)
        writer.member("name", account.name)
        writer.member("language", account.language)
        writer.member("totp_enabled", hasTOTP)
        writer.member("organization_id", principal.organizationID)
        writer.member("role", principal.role.rawValue)
        writer.member("permissions", strings: principal.permissions.map(\.rawValue).sorted())
        writer.key("organizations")
        writer.beginArray()
        for membership in memberships.sorted(by: { $0.since < $1.since }) {
            writer.beginObject()
            writer.member("id", membership.organizationID)
            writer.member("name", names[membership.organizationID])
            writer.member("role", membership.role.rawValue)
            writer.endObject()
        }
        writer.endArray()
        writer.endObject()
        return .json(200, writer.bytes).with("Cache-Control", "no-store")
    }
}
