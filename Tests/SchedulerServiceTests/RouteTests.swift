import EventContracts
import HTTPServer
import Primitives
import Testing

@testable import SchedulerService

@Suite("GET /v1/schedules") struct RouteTests {
    @Test("a sender sees the own schedules, newest first, page by page, filtered by kind and state")
    func list() async throws {
        try await SchedulerWorld.with { world in
            var ids: [String] = []
            for _ in 0..<5 {
                let request = try world.charge(on: "2026-02-20")
                ids.append(request.scheduleID.description)
                try await world.request(request)
            }
            let reminder = try world.recurring(from: "2026-01-16", every: 1, .day, count: 1)
            try await world.request(reminder)
            var foreign = try world.charge()
            foreign.organizationID = OrganizationID(.v7())
            try await world.request(foreign)
            try await world.at("2026-01-17T00:00:00Z")

            let first = try await world.get("/v1/schedules?kind=charge&limit=3")
            #expect(first.response.status == 200)
            let second = try await world.get(
                "/v1/schedules?kind=charge&limit=3&cursor=\(first.response.headers["X-Next-Cursor"] ?? "")")
            #expect(second.response.headers["X-Next-Cursor"] == nil)
            let seen = (first.json.elements + second.json.elements).compactMap { $0["id"]?.string }
            #expect(seen == ids.sorted(by: >))
            let finished = try await world.get("/v1/schedules?state=finished").json.elements
            #expect(finished.map { $0["id"]?.string } == [reminder.scheduleID.description])
            #expect(finished.first?["occurrence_count"]?.int64 == 1)

            let platform = world.token(of: nil, role: .superadmin)
            #expect(try await world.get("/v1/schedules", token: platform).json.elements.count == 7)
            let one = try await world.get(
                "/v1/schedules?website_id=\(foreign.organizationID)", token: platform)
            #expect(one.json.elements.map { $0["id"]?.string } == [foreign.scheduleID.description])
        }
    }

    @Test("an operator finds what is late, of whom and since when")
    func late() async throws {
        try await SchedulerWorld.with { world in
            let charge = try world.charge(on: "2026-01-16")
            try await world.request(charge)
            let reminder = try world.recurring(from: "2026-01-15", every: 1, .day)
            try await world.request(reminder, by: "invoice")
            try await world.tickUntilIdle()
            // The day begins, and nothing fires.
            world.clock.set(try #require(Instant(rfc3339: "2026-01-16T08:10:00Z")))
            let platform = world.token(of: nil, role: .superadmin)
            func found(_ query: String) async throws -> [JSONNode] {
                try await world.get("/v1/schedules?\(query)", token: platform).json.elements
            }
            let late = try await found("due_before=2026-01-16T08:10:00Z&requester=payment")
            #expect(late.compactMap { $0["id"]?.string } == [charge.scheduleID.description])
            #expect(late.first?["lag_seconds"]?.int64 == 600)
            #expect(late.first?["last_fired_at"]?.string == nil)
            let daily = try await found("requester=invoice&due_before=2026-01-16T08:00:01Z")
            #expect(daily.first?["last_fired_at"]?.string == "2026-01-15T12:00:00.000Z")
            // What is due at that very moment is not due before it.
            #expect(try await found("due_before=2026-01-16T08:00:00Z").isEmpty)
            #expect(try await found("requester=identity").isEmpty)
            try await world.tickUntilIdle()
            #expect(try await found("due_before=2026-01-16T08:10:00Z").isEmpty)
            #expect(try await found("requester=invoice").first?["lag_seconds"]?.int64 == 0)
        }
    }

    @Test("a schedule shows its occurrences to its owner, and nothing to others") func show() async throws {
        try await SchedulerWorld.with { world in
            let request = try world.recurring(from: "2026-01-16", every: 1, .day, count: 3)
            try await world.request(request)
            try await world.at("2026-01-17T12:00:00Z")
            let path = "/v1/schedules/\(request.scheduleID)"
            let shown = try await world.get(path)
            #expect(
                shown.json["state"]?.string == "active" && shown.json["next_date"]?.string == "2026-01-18")
            #expect(
                shown.json["occurrences"]?.elements.compactMap { $0["date"]?.string }
                    == ["2026-01-17", "2026-01-16"])
            let stranger = world.token(of: OrganizationID(.v7()))
            #expect(try await world.get(path, token: stranger).response.status == 404)
            #expect(try await world.get("/v1/schedules/sch_nonsense").response.status == 404)
        }
    }

    @Test("who may not see schedules is told so, and wrong filters are named") func refusals() async throws {
        try await SchedulerWorld.with { world in
            let client = world.token(of: world.organizationID, role: .member, permissions: [])
            #expect(try await world.get("/v1/schedules", token: client).response.status == 403)
            #expect(try await world.get("/v1/schedules", token: "nonsense").response.status == 401)
            for query in ["state=odd", "limit=0", "limit=201", "cursor=x", "due_before=soon"] {
                let answer = try await world.get("/v1/schedules?\(query)")
                #expect(answer.response.status == 422)
                #expect(
                    answer.json["errors"]?.elements.first?["field"]?.string
                        == query.split(separator: "=").first.map(String.init))
            }
        }
    }
}
