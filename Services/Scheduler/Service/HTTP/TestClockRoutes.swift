import HTTPServer
import Lifecycle
import Postgres
import Primitives
import ServiceKit

/// The test clocks of organizations in test mode: made, moved and looked at by their owners.
struct TestClockRoutes: Sendable {
    let context: ServiceContext
    let move: MoveTestClocks
    let wakeup: Wakeup

    /// How far a clock is moved at once.
    private static let farthest = Duration.seconds(750 * 86_400)

    func add(to router: inout Router) {
        router.post("/v1/test_clocks") { try await create($0) }
        router.get("/v1/test_clocks") { try await list($0) }
        router.get("/v1/test_clocks/{id}") { try await show($0) }
        router.post("/v1/test_clocks/{id}/advance") { try await advance($0) }
    }

    private func owner(_ request: HTTPRequest) async throws -> Principal {
        let principal = try await context.authenticate(request)
        guard principal.isSuperadmin || principal.role == .owner else {
            throw Problem.forbidden("Only an owner moves the time of an organization.")
        }
        return principal
    }

    private func create(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await owner(request)
        let organization = try principal.tenant(of: request)
        let fields = try request.fields()
        let name = fields.string("name", minimumLength: 1, maximumLength: 200)
        let given = fields.parsed("now", "a time such as 2027-01-31T09:00:00Z") { Instant(rfc3339: $0) }
        let now = context.clock.systemNow()
        if let given, given < now || given > now + Self.farthest {
            fields.refuse("now", "out_of_range", "A clock begins now or within the next two years.")
        }
        guard fields.errors.isEmpty else { throw fields.invalid }
        let id = TestClockID.new(at: now)
        return try await change(request, principal) { tx in
            guard try TestClockStore.isForTests(organization, in: tx) else {
                throw Problem(
                    status: 409, code: "not_in_test_mode", title: "The organization is not in test mode",
                    detail: "Only an organization that was signed up with test_mode has a test clock.")
            }
            let made = try TestClockStore.insert(
                id, of: organization, name: name, showing: given ?? now, at: now, in: tx)
            guard let made else {
                throw Problem(
                    status: 409, code: "test_clock_exists", title: "The organization has a test clock")
            }
            try move.tell(made, in: tx)
            return (201, made)
        }
    }

    private func advance(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await owner(request)
        let tenant = try tenant(of: request, principal)
        let fields = try request.fields()
        let target = fields.require(
            "to", fields.parsed("to", "a time such as 2027-01-31T09:00:00Z") { Instant(rfc3339: $0) })
        guard let target, fields.errors.isEmpty else { throw fields.invalid }
        guard let id = TestClockID(request.parameters["id"]) else { throw Problem.notFound }
        let now = context.clock.systemNow()
        return try await change(request, principal) { tx in
            guard let clock = try TestClockStore.lock(id, of: tenant, in: tx) else { throw Problem.notFound }
            guard !clock.isMoving else {
                throw Problem(
                    status: 409, code: "test_clock_is_moving", title: "The test clock is being moved")
            }
            guard target > clock.now, target <= clock.now + Self.farthest else {
                throw InvalidFields(
                    field: "to", code: "out_of_range",
                    message: "A clock is moved forward, by two years at the most.")
            }
            guard let aimed = try TestClockStore.aim(id, at: target, now: now, in: tx) else {
                throw Problem.notFound
            }
            return (202, aimed)
        }
    }

    /// Changes a clock once per key, and has it looked at.
    private func change(
        _ request: HTTPRequest, _ principal: Principal,
        _ work:
            @escaping @Sendable (borrowing Transaction) throws -> (status: Int, clock: TestClockStore.Stored)
    ) async throws -> HTTPResponse {
        let response = try await context.idempotency.perform(request, caller: principal.accountID.description)
        {
            claim in
            try await context.pool.transaction { tx in
                let (status, clock) = try work(tx)
                var writer = JSONWriter()
                Self.write(clock, into: &writer)
                return try claim.answer(.json(status, writer.bytes), in: tx)
            }
        }
        wakeup.signal()
        return response
    }

    private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await owner(request)
        let tenant = try tenant(of: request, principal)
        let page = try Page<Kind.TestClock>(request)
        let clocks = try await context.pool.transaction(.snapshot) { tx in
            try TestClockStore.list(of: tenant, before: page.cursor, limit: page.limit + 1, in: tx)
        }
        return page.answer(clocks, to: request, id: \.id) { shown in
            var writer = JSONWriter()
            writer.beginArray()
            for clock in shown { Self.write(clock, into: &writer) }
            writer.endArray()
            return writer.bytes
        }
    }

    private func show(_ request: HTTPRequest) async throws -> HTTPResponse {
        let principal = try await owner(request)
        let tenant = try tenant(of: request, principal)
        guard let id = TestClockID(request.parameters["id"]) else { throw Problem.notFound }
        let clock = try await context.pool.transaction(.snapshot) { tx in
            try TestClockStore.find(id, of: tenant, in: tx)
        }
        guard let clock else { throw Problem.notFound }
        var writer = JSONWriter()
        Self.write(clock, into: &writer)
        return .json(200, writer.bytes)
    }

    /// A superadmin who names no organization means all.
    private func tenant(of request: HTTPRequest, _ principal: Principal) throws -> OrganizationID? {
        if principal.isSuperadmin, request.queryValue("website_id") == nil { return nil }
        return try principal.tenant(of: request)
    }

    private static func write(_ clock: TestClockStore.Stored, into writer: inout JSONWriter) {
        writer.beginObject()
        writer.member("id", clock.id)
        writer.member("organization_id", clock.organizationID)
        writer.member("name", clock.name)
        writer.member("state", clock.isMoving ? "moving" : "ready")
        writer.member("now", clock.now)
        writer.member("target", clock.target)
        writer.member("occurrence_count", clock.occurrences)
        // While it moves: what was sent and what of it was handled, when last asked.
        if clock.isMoving, clock.traffic.sent >= 0 {
            writer.member("messages_sent", clock.traffic.sent)
            writer.member("messages_handled", clock.traffic.handled)
        }
        writer.member("created_at", clock.createdAt)
        writer.endObject()
    }
}
