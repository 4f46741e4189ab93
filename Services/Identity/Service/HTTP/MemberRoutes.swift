import EventContracts
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// `/v1/members`: who works in the organization, in which role, with which permissions.
struct MemberRoutes: Sendable {
    private enum MemberRole: String, CaseIterable {
        case owner, admin, member

        var role: Role {
            switch self {
            case .owner: .owner
            case .admin: .admin
            case .member: .member
            }
        }
    }

    let context: IdentityContext

    func add(to router: inout Router) {
        router.get("/v1/members") { try await list($0) }
        router.patch("/v1/members/{account_id}") { try await change($0) }
        router.delete("/v1/members/{account_id}") { try await remove($0) }
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (_, organizationID) = try await context.acting(request, .membersRead)
        let page = try Page<Kind.Account>(request)
        let members = try await context.service.pool.transaction(.snapshot) { tx in
            try MemberStore.list(of: organizationID, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(members, to: request, id: \.accountID, body: Self.bytes)
    }

    private func change(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, organizationID) = try await context.acting(request, .membersWrite)
        let target = ChangeMember.Target(
            accountID: try request.id("account_id", of: Kind.Account.self), organizationID: organizationID,
            principal: principal, actor: try await context.actor(principal, request))
        let fields = try request.fields()
        let command = Self.command(fields)
        guard fields.errors.isEmpty else { throw fields.invalid }
        let (pool, change) = (context.service.pool, ChangeMember(context: context))
        return try await context.idempotency.perform(request, caller: "\(principal.accountID)") { claim in
            let cause = EventCause(request, clockTime: context.now)
            return try await pool.transaction { tx in
                let member = try change(command, of: target, cause: cause, in: tx)
                var writer = JSONWriter()
                Self.write(member, to: &writer)
                return try claim.answer(.json(200, writer.bytes), in: tx)
            }
        }
    }

    private func remove(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, organizationID) = try await context.acting(request)
        let named = AccountID(request.parameters["account_id"])
        // Everybody may leave.
        if named != principal.accountID { try principal.require(.membersWrite) }
        guard let accountID = named else { throw Problem.notFound }
        let target = ChangeMember.Target(
            accountID: accountID, organizationID: organizationID, principal: principal,
            actor: try await context.actor(principal, request))
        let (cause, change) = (
            EventCause(request, clockTime: context.now), ChangeMember(context: context)
        )
        try await context.service.pool.transaction { tx in
            try change.remove(target, cause: cause, in: tx)
        }
        return .empty()
    }

    private static func command(_ fields: FieldReader) -> ChangeMember.Command {
        let role = fields.choice("role", MemberRole.self)?.role
        let grantable = PermissionTable.permissions(of: .member)
        let words = fields.strings("permissions", count: 0...grantable.count, maximumLength: 50)
        var restriction: Set<Permission>?
        if let words {
            let known = words.compactMap { word in grantable.first { $0.rawValue == word } }
            if known.count != words.count {
                fields.refuse("permissions", "unknown_value", "These must be permissions of a member.")
            }
            restriction = Set(known)
        }
        return ChangeMember.Command(
            role: role, restriction: fields.contains("permissions") ? .replace(restriction) : .keep)
    }

    private static func bytes(_ members: [StoredMember]) -> [UInt8] {
        var writer = JSONWriter()
        writer.beginArray()
        for member in members { write(member, to: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private static func write(_ member: StoredMember, to writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("account_id", member.accountID)
        writer.member("name", member.name)
        writer.member("email", member.email)
        writer.member("role", member.role.rawValue)
        writer.member("restricted", member.restriction != nil)
        writer.member("permissions", strings: member.permissions.map(\.rawValue).sorted())
        writer.member("since", member.since)
        writer.endObject()
    }
}
