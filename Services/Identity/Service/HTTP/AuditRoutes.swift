import HTTPServer
import Postgres
import Primitives
import ServiceKit

/// `GET /v1/audit_events` for those who run an organization, `GET /v1/me/audit_events` for everybody.
struct AuditRoutes: Sendable {
    let context: IdentityContext

    func add(to router: inout Router) {
        router.get("/v1/audit_events") { request in
            let (_, organizationID) = try await context.acting(request, .membersWrite)
            return try await list(.organization(organizationID), for: request)
        }
        router.get("/v1/me/audit_events") { request in
            let principal = try await context.service.authenticate(request)
            try principal.requirePerson()
            return try await list(.account(principal.accountID), for: request)
        }
    }

    private func list(_ scope: Audit.Scope, for request: HTTPRequest) async throws -> HTTPResponse {
        let page = try Page<Kind.AuditEvent>(request)
        let events = try await context.service.pool.transaction(.snapshot) { tx in
            try Audit.page(of: scope, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(events, to: request, id: \.id, body: Self.bytes)
            .with("Cache-Control", "no-store")
    }

    private static func bytes(_ events: [Audit.Event]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for event in events {
            writer.beginObject()
            writer.member("id", event.id)
            writer.member("kind", event.kind)
            writer.member("account_id", event.accountID)
            writer.member("organization_id", event.organizationID)
            writer.member("subjects", strings: event.subjects)
            writer.member("client_address", event.clientAddress)
            writer.member("user_agent", event.userAgent)
            writer.member("at", event.at)
            writer.member("service", event.service)
            writer.member("action", event.action)
            writer.member("request_id", event.requestID)
            writer.endObject()
        }
        writer.endArray()
        return writer.bytes
    }
}
