import EventContracts
import HTTPServer
import IdentityDomain
import Postgres
import Primitives
import ServiceKit

/// `/v1/api_keys` and `/v1/api_clients`: an organization lets machines in and out.
///
/// Answers with a secret are never kept, neither by caches nor for an `Idempotency-Key`.
struct MachineRoutes: Sendable {
    private static let scopeLimit = 50

    let context: IdentityContext
    let kind: MachineKind

    private var path: String {
        switch kind {
        case .key: "/v1/api_keys"
        case .client: "/v1/api_clients"
        }
    }

    func add(to router: inout Router) {
        router.post(path) { try await make($0) }
        router.get(path) { try await list($0) }
        router.post(path + "/{id}/rotate") { try await rotate($0) }
        router.delete(path + "/{id}") { try await revoke($0) }
    }

    private func make(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, organizationID) = try await caller(request)
        let now = context.now
        let fields = try request.fields()
        let name = fields.require("name", fields.line("name", maximumLength: 100))
        let scopes = fields.require("scopes", scopes(fields, principal))
        let expiresAt = fields.parsed("expires_at", "a time in the future such as 2030-01-31T00:00:00Z") {
            Instant(rfc3339: $0).flatMap { now < $0 ? $0 : nil }
        }
        let most = context.settings.machinePlan
        func part(_ name: String, of most: Int64?) -> Int64? {
            fields.integer(name, in: 1...(most ?? .max)) ?? most
        }
        let plan = MachinePlan(
            requestsPerMinute: part("requests_per_minute", of: most.requestsPerMinute),
            requestsPerMonth: part("requests_per_month", of: most.requestsPerMonth))
        guard let name, let scopes, fields.errors.isEmpty else { throw fields.invalid }
        let command = MakeMachine.Command(
            kind: kind, organizationID: organizationID,
            createdBy: try await context.actor(principal, request), name: name,
            scopes: scopes, expiresAt: expiresAt, plan: plan)
        let issued = try await MakeMachine(context: context)(
            command, cause: EventCause(request, clockTime: now))
        return Self.answer(201, issued)
    }

    private func rotate(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, organizationID) = try await caller(request)
        let id = try id(request)
        let fields = try request.fields()
        let overlap = fields.require("overlap_seconds", fields.integer("overlap_seconds", in: 0...86_400))
        guard let overlap, fields.errors.isEmpty else { throw fields.invalid }
        let issued = try await RotateMachine(context: context)(
            id, kind, of: organizationID, by: try await context.actor(principal, request),
            overlap: .seconds(overlap),
            cause: EventCause(request, clockTime: context.now))
        return Self.answer(200, issued)
    }

    private func revoke(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (principal, organizationID) = try await caller(request)
        try await RevokeMachine(context: context)(
            try id(request), kind, of: organizationID, by: try await context.actor(principal, request),
            cause: EventCause(request, clockTime: context.now))
        return .empty()
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (_, organizationID) = try await caller(request)
        switch kind {
        case .key: return try await list(request, of: organizationID, as: Kind.APIKey.self)
        case .client: return try await list(request, of: organizationID, as: Kind.APIClient.self)
        }
    }

    private func list<Entity: Identified & SendableMetatype>(
        _ request: HTTPRequest, of organizationID: OrganizationID, as: Entity.Type
    ) async throws -> HTTPResponse {
        let page = try Page<Entity>(request)
        let kind = kind
        let before = page.cursor.map { APIKeyID($0.raw) }
        let rows = try await context.service.pool.transaction(.snapshot) { tx in
            try MachineStore.list(kind, of: organizationID, before: before, limit: page.limit + 1, in: tx)
        }
        return page.answer(rows, to: request, id: { ID<Entity>($0.id.raw) }, body: MachineDocument.bytes)
    }

    private func caller(_ request: HTTPRequest) async throws -> (Principal, OrganizationID) {
        // No machine has the permission, so whoever passes is a person.
        try await context.acting(request, .apiKeysWrite)
    }

    private func id(_ request: HTTPRequest) throws(Problem) -> APIKeyID {
        switch kind {
        case .key: try request.id("id", of: Kind.APIKey.self)
        case .client: APIKeyID(try request.id("id", of: Kind.APIClient.self).raw)
        }
    }

    /// The scopes in a stable order; each must be a right of whoever gives it.
    private func scopes(_ fields: FieldReader, _ principal: Principal) -> [String]? {
        guard let names = fields.strings("scopes", count: 1...Self.scopeLimit, maximumLength: 100) else {
            return nil
        }
        let grantable = PermissionTable.permissions(of: .machine)
        for (index, name) in names.enumerated() {
            guard let permission = Permission(rawValue: name) else {
                fields.refuse("scopes[\(index)]", "unknown_value", "There is no such scope.")
                continue
            }
            if !grantable.contains(permission) {
                fields.refuse("scopes[\(index)]", "not_grantable", "A machine cannot have this scope.")
            } else if !principal.may(permission) {
                fields.refuse("scopes[\(index)]", "not_permitted", "You may not do this yourself.")
            }
        }
        return Set(names).sorted()
    }

    private static func answer(_ status: Int, _ issued: IssuedMachine) -> HTTPResponse {
        .json(status, MachineDocument.bytes(issued)).with("Cache-Control", "no-store")
    }
}
