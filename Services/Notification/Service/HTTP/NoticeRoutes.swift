import HTTPServer
import NotificationDomain
import Postgres
import Primitives
import ServiceKit

/// What a person is shown after signing in.
struct NoticeRoutes: Sendable {
    let context: ServiceContext

    func add(to router: inout Router) {
        router.get("/v1/notices", handler: list)
        router.post("/v1/notices/{id}/read", handler: markRead)
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        let audience = try Self.audience(of: principal, request)
        let page = try Page<Kind.Notice>(request)
        let rows = try await context.pool.transaction(.snapshot) { tx in
            try NoticeList(audience: audience, reader: principal.accountID)
                .rows(before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(rows, to: request, id: \.id, body: NoticeJSON.array)
    }

    @Sendable private func markRead(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await context.authenticate(request)
        let audience = try Self.audience(of: principal, request)
        let id = try request.id("id", of: Kind.Notice.self)
        let now = context.clock.now()
        let exists = try await context.pool.transaction { tx in
            try NoticeList(audience: audience, reader: principal.accountID).markRead(id, at: now, in: tx)
        }
        guard exists else { throw Problem.notFound }
        return .empty()
    }

    /// A sender's people see the organization's notices, a client the client's own.
    private static func audience(
        of principal: Principal, _ request: HTTPRequest
    ) throws(Problem) -> NoticeList.Audience {
        // A machine reads the feed.
        try principal.requirePerson()
        if principal.role == .client || (principal.organizationID == nil && !principal.isSuperadmin) {
            return .account(principal.accountID)
        }
        try principal.require(.invoicesRead)
        return .organization(try principal.tenant(of: request))
    }
}
