import EventContracts
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// `GET /v1/me/export`, `POST /v1/me/erasure`: what is known of a person, and its end.
struct PrivacyRoutes: Sendable {
    let context: IdentityContext

    func add(to router: inout Router) {
        router.get("/v1/me/export") { try await export($0) }
        router.post("/v1/me/erasure") { try await erase($0) }
    }

    /// Needs the password again: a browser that was left open must not be enough.
    private func erase(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let fields = try request.fields()
        guard let password = fields.require("password", fields.string("password", maximumLength: 1024)),
            fields.errors.isEmpty
        else { throw fields.invalid }
        try await EraseAccount(context: context)(
            .init(principal: principal, password: password, origin: RequestOrigin(request)),
            cause: EventCause(request, clockTime: context.now))
        return context.forgetting(request, .empty())
    }

    /// Everything that identity keeps of the person; the other services' lists are named at the end.
    private func export(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let (origin, now) = (RequestOrigin(request), context.now)
        try await context.service.pool.transaction { tx in
            try Audit.record(
                .accountExported, account: principal.accountID, organization: principal.organizationID,
                from: origin, at: now, in: tx)
        }
        let record = try await context.service.pool.transaction(.snapshot) { tx in
            try PersonalRecord.find(principal.accountID, in: tx)
        }
        guard let record else { throw Problem.unauthenticated }
        return .json(200, record.bytes).with("Cache-Control", "no-store")
            .with("Content-Disposition", "attachment; filename=\"account.json\"")
    }
}
