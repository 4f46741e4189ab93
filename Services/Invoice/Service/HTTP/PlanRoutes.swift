import HTTPServer
import Postgres
import Primitives
import ServiceKit

/// The routes of plans.
struct PlanRoutes: Sendable {
    let route: TenantRoute

    func add(to router: inout Router) {
        router.post("/v1/plans", handler: create)
        router.get("/v1/plans", handler: list)
        router.get("/v1/plans/{id}", handler: fetch)
        router.patch("/v1/plans/{id}", handler: update)
        router.delete("/v1/plans/{id}", handler: delete)
    }

    @Sendable private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.new) { scope, given, tx in
            let plan = try CreatePlan(
                organizationID: scope.organizationID, name: given.name, input: given.input, now: scope.now
            ).run(in: tx)
            let response = HTTPResponse.json(201, PlanJSON.bytes(plan))
                .with("Location", "/v1/plans/\(plan.id)")
            return TenantRoute.Answer(response: response, events: [])
        }
    }

    @Sendable private func update(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.changes) { scope, given, tx in
            let plan = try UpdatePlan(
                id: given.id, organizationID: scope.organizationID, input: given.input, now: scope.now
            ).run(in: tx)
            return TenantRoute.Answer(response: .json(200, PlanJSON.bytes(plan)), events: [])
        }
    }

    private static func new(_ request: HTTPRequest) throws -> (name: String, input: PlanInput) {
        let body = try request.json()
        let fields = FieldReader(body)
        let input = PlanInput(fields, body: body)
        guard let name = fields.require("name", input.name), fields.errors.isEmpty else {
            throw fields.invalid
        }
        return (name, input)
    }

    private static func id(_ request: HTTPRequest) throws -> PlanID {
        try request.id("id", of: Kind.Plan.self)
    }

    private static func changes(_ request: HTTPRequest) throws -> (id: PlanID, input: PlanInput) {
        let id = try id(request)
        let body = try request.json()
        let fields = FieldReader(body)
        let input = PlanInput(fields, body: body)
        guard fields.errors.isEmpty else { throw fields.invalid }
        return (id, input)
    }

    @Sendable private func delete(_ request: HTTPRequest) async throws -> HTTPResponse {
        try await route.change(request, .invoicesWrite, reading: Self.id) { scope, id, tx in
            try DeletePlan(id: id, organizationID: scope.organizationID).run(in: tx)
            return TenantRoute.Answer(response: .empty(), events: [])
        }
    }

    @Sendable private func fetch(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let id = try Self.id(request)
        let plan = try await route.read { tx in try PlanStore.find(id, of: scope.organizationID, in: tx) }
        guard let plan else { throw Problem.notFound }
        return .json(200, PlanJSON.bytes(plan))
    }

    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let scope = try await route.scope(request, .invoicesRead)
        let page = try Page<Kind.Plan>(request)
        let isActive = try request.activeFilter()
        let plans = try await route.read { tx in
            try PlanStore.list(
                of: scope.organizationID, isActive: isActive, before: page.cursor, limit: page.limit + 1,
                in: tx)
        }
        return page.answer(plans, to: request, id: \.id, body: PlanJSON.bytes)
    }
}

/// Writes plans as the interface shows them.
enum PlanJSON {
    static func bytes(_ plan: Plan) -> [UInt8] {
        var writer = JSONWriter()
        write(plan, into: &writer)
        return writer.bytes
    }

    static func bytes(_ plans: [Plan]) -> [UInt8] {
        var writer = JSONWriter(capacity: 256 * plans.count)
        writer.beginArray()
        for plan in plans { write(plan, into: &writer) }
        writer.endArray()
        return writer.bytes
    }

    private static func write(_ plan: Plan, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", plan.id)
        writer.member("name", plan.name)
        writer.member("description", plan.description)
        writer.member("active", plan.isActive)
        if let metadata = plan.metadata {
            writer.key("metadata")
            writer.raw(metadata.bytes)
        }
        writer.member("created_at", plan.createdAt)
        writer.member("updated_at", plan.updatedAt)
        writer.endObject()
    }
}
