import EventContracts
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// `/v1/organizations/{id}/logo`: everybody may see it, because it stands on pages that need no login.
struct LogoRoutes: Sendable {
    let context: IdentityContext

    func add(to router: inout Router) {
        router.get("/v1/organizations/{id}/logo") { try await fetch($0) }
        router.put("/v1/organizations/{id}/logo") { try await replace($0) }
        router.delete("/v1/organizations/{id}/logo") { try await remove($0) }
    }

    private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let id = try request.id("id", of: Kind.Organization.self)
        let logo = try await context.service.pool.transaction(.snapshot) { tx in
            try LogoStore.find(of: id, in: tx)
        }
        guard let logo else { throw Problem.notFound }
        let tag = "\"\(Hex.encode(logo.hash))\""
        let isKnown = request.hasEntityTag(tag)
        var response = isKnown ? HTTPResponse.empty(304) : HTTPResponse(status: 200, body: logo.image)
        if !isKnown { response.headers.set("Content-Type", logo.mediaType) }
        return response.with("ETag", tag).with("Cache-Control", "public, max-age=60")
            .with("X-Content-Type-Options", "nosniff")
            // Opened by itself it is a picture and nothing else.
            .with("Content-Security-Policy", "default-src 'none'; sandbox")
    }

    private func replace(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, id) = try await context.organization(of: request, .organizationWrite)
        let logo = try Self.logo(in: request)
        return try await change(to: logo, of: id, by: principal, request)
    }

    private func remove(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, id) = try await context.organization(of: request, .organizationWrite)
        return try await change(to: nil, of: id, by: principal, request)
    }

    private func change(
        to logo: LogoImage?, of id: OrganizationID, by principal: Principal, _ request: HTTPRequest
    ) async throws -> HTTPResponse {
        let (pool, change) = (context.service.pool, ChangeLogo(context: context))
        let actor = try await context.actor(principal, request)
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await pool.transaction { tx in
                try change(logo, of: id, by: actor, cause: cause, in: tx)
                return try claim.answer(.empty(), in: tx)
            }
        }
    }

    private static func logo(in request: HTTPRequest) throws(Problem) -> LogoImage {
        do throws(LogoImage.Violation) {
            return try LogoImage(request.body)
        } catch {
            switch error {
            case .tooLarge:
                throw Problem(
                    status: 413, code: "logo_too_large", title: "This image is too large",
                    detail: "It may have at most \(LogoImage.maximumBytes) bytes.")
            case .unknownKind:
                throw Problem(
                    status: 415, code: "unsupported_image", title: "This is neither a PNG nor a JPEG image")
            }
        }
    }
}
