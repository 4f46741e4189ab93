import EventContracts
import HTTPServer
import Postgres
import Primitives
import ServiceKit

/// `GET /v1/sessions`, `DELETE /v1/sessions` and `DELETE /v1/sessions/{id}`: the own logins.
struct SessionListRoutes: Sendable {
    let context: IdentityContext

    func add(to router: inout Router) {
        router.get("/v1/sessions") { try await list($0) }
        router.delete("/v1/sessions") { try await endAll($0) }
        router.delete("/v1/sessions/{id}") { try await end($0) }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let page = try Page<Kind.Session>(request)
        let now = context.now
        let sessions = try await context.service.pool.transaction(.snapshot) { tx in
            try SessionList.page(
                of: principal.accountID, before: page.cursor, limit: page.limit + 1, at: now, in: tx)
        }
        return page.answer(sessions, to: request, id: \.id) {
            SessionDocument.bytes($0, current: principal.sessionID)
        }.with("Cache-Control", "no-store")
    }

    /// Ending one that is over already has no effect; somebody else's is not there.
    private func end(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let id = try request.id("id", of: Kind.Session.self)
        let cause = EventCause(request, clockTime: context.now)
        let (end, origin) = (EndSession(context: context), RequestOrigin(request))
        try await context.service.pool.transaction { tx in
            guard try SessionList.isOwn(id, of: principal.accountID, in: tx) else { throw Problem.notFound }
            guard try end(id, of: principal.accountID, because: .ended, cause: cause, in: tx) else { return }
            try Audit.record(
                .sessionRevoked, account: principal.accountID, organization: principal.organizationID,
                about: [.id(id)], from: origin, at: cause.clockTime, in: tx)
        }
        return id == principal.sessionID ? context.forgetting(request, .empty()) : .empty()
    }

    private func endAll(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.service.authenticate(request)
        try principal.requirePerson()
        let cause = EventCause(request, clockTime: context.now)
        let (endEvery, origin) = (EndEverySession(context: context), RequestOrigin(request))
        try await context.service.pool.transaction { tx in
            try endEvery(of: principal.accountID, because: .logoutEverywhere, cause: cause, in: tx)
            try Audit.record(
                .loggedOutEverywhere, account: principal.accountID, organization: principal.organizationID,
                from: origin, at: cause.clockTime, in: tx)
        }
        return context.forgetting(request, .empty())
    }
}
