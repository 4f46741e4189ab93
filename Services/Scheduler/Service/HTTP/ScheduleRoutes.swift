import HTTPServer
import Postgres
import Primitives
import ServiceKit

/// What operators and senders see of the schedules.
struct ScheduleRoutes: Sendable {
    private let context: ServiceContext

    init(_ context: ServiceContext) { self.context = context }

    func add(to router: inout Router) {
        router.get("/v1/schedules", handler: list)
        router.get("/v1/schedules/{id}", handler: show)
    }

    /// The schedules of the caller's organization, or of all for a superadmin who names none.
    @Sendable private func list(_ request: HTTPRequest) async throws -> HTTPResponse {
        let tenant = try await tenant(of: request)
        let page = try Page<Kind.Schedule>(request)
        let state = try Self.state(request)
        let dueBefore = try Self.dueBefore(request)
        let (kind, requester) = (request.queryValue("kind"), request.queryValue("requester"))
        let rows = try await context.pool.transaction(.snapshot) { tx in
            try tx.query(
                Self.listSQL, [tenant, kind, state, page.cursor, page.limit + 1, requester, dueBefore]
            ).map { try ListedSchedule($0) }
        }
        let now = context.clock.now()
        return page.answer(rows, to: request, id: \.id) { shown in
            var writer = JSONWriter()
            writer.beginArray()
            for schedule in shown { schedule.write(to: &writer, at: now) }
            writer.endArray()
            return writer.bytes
        }
    }

    /// One schedule with its last occurrences.
    @Sendable private func show(_ request: HTTPRequest) async throws -> HTTPResponse {
        let tenant = try await tenant(of: request)
        guard let id = ScheduleID(request.parameters["id"]) else { throw Problem.notFound }
        let now = context.clock.now()
        let bytes: [UInt8]? = try await context.pool.transaction(.snapshot) { tx in
            guard let row = try tx.query(Self.showSQL, [tenant, id]).first else { return nil }
            let schedule = try ListedSchedule(row)
            let occurrences = try tx.query(Self.occurrencesSQL, [id]).map { try ListedOccurrence($0) }
            var writer = JSONWriter()
            schedule.write(to: &writer, at: now, occurrences: occurrences)
            return writer.bytes
        }
        guard let bytes else { throw Problem.notFound }
        return .json(200, bytes)
    }

    private func tenant(of request: HTTPRequest) async throws -> OrganizationID? {
        let principal = try await context.authenticate(request)
        try principal.require(.schedulesRead)
        if principal.isSuperadmin, request.queryValue("website_id") == nil { return nil }
        return try principal.tenant(of: request)
    }

    private static func state(_ request: HTTPRequest) throws(Problem) -> String? {
        guard let state = request.queryValue("state") else { return nil }
        guard ["active", "finished", "cancelled"].contains(state) else {
            throw .invalid([
                FieldError(
                    field: "state", code: "unknown", message: "This must be active, finished or cancelled.")
            ])
        }
        return state
    }

    private static func dueBefore(_ request: HTTPRequest) throws(Problem) -> Instant? {
        guard let text = request.queryValue("due_before") else { return nil }
        guard let moment = Instant(rfc3339: text) else {
            throw .invalid([
                FieldError(
                    field: "due_before", code: "invalid",
                    message: "This must be a time such as 2027-01-31T09:00:00Z.")
            ])
        }
        return moment
    }

    private static let listSQL = """
        SELECT \(ListedSchedule.columns) FROM schedules
        WHERE ($1::uuid IS NULL OR organization_id = $1) AND ($2::text IS NULL OR kind = $2)
          AND ($3::text IS NULL OR state = $3) AND ($4::uuid IS NULL OR id < $4)
          AND ($6::text IS NULL OR requester = $6) AND ($7::timestamptz IS NULL OR next_run_at < $7)
        ORDER BY id DESC LIMIT $5
        """

    private static let showSQL = """
        SELECT \(ListedSchedule.columns) FROM schedules WHERE ($1::uuid IS NULL OR organization_id = $1) AND id = $2
        """

    private static let occurrencesSQL = """
        SELECT generation, date, due_at, fired_at FROM occurrences WHERE schedule_id = $1
        ORDER BY fired_at DESC, date DESC LIMIT 20
        """
}
