import EventContracts
import HTTPServer
import Lifecycle
import Messaging
import Observability
import Postgres
import Primitives
import Testing

@testable import SchedulerService

@Suite("Test clocks", .timeLimit(.minutes(10))) struct TestClockTests {
    /// What the other services say, all together: each says a quarter of it.
    struct Answer {
        var sent: Int64 = 0
        /// nil for as much as was sent by all, the scheduler included.
        var handled: Int64?
        var open: Int64 = 0
    }

    private static func move(_ world: SchedulerWorld) -> MoveTestClocks {
        MoveTestClocks(
            fire: FireDueSchedules(outbox: world.outbox, zones: ZoneCache(), batch: 512, catchUpLimit: 24),
            outbox: world.outbox, pool: world.pool, clock: world.clock, log: .silent)
    }

    private static func step(_ world: SchedulerWorld) async throws {
        let now = world.clock.now()
        let move = move(world)
        _ = try await world.pool.transaction { tx in try move.step(at: now, in: tx) }
    }

    /// Answers the question that is out, and lets the scheduler look at the answers.
    private static func answer(_ world: SchedulerWorld, _ answer: Answer = Answer()) async throws {
        let now = world.clock.now()
        let organization = world.organizationID
        try await world.pool.transaction { tx in
            guard let clock = try TestClockStore.list(of: nil, before: nil, limit: 1, in: tx).first else {
                return
            }
            let own = try TestTraffic.counted(for: organization, in: tx)
            let handled = answer.handled ?? answer.sent + own.sent - own.handled
            let reports = EventCatalogue.testClockQueues.enumerated().map { index, queue in
                TestClockReported(
                    testClockID: clock.id, round: clock.round, service: queue,
                    sent: index == 0 ? answer.sent : 0, handled: index == 1 ? handled : 0,
                    open: index == 2 ? answer.open : 0)
            }
            #expect(try TestClockStore.store(reports, at: now, in: tx))
            // An old answer that comes again changes nothing.
            var old = reports
            for index in old.indices { (old[index].round, old[index].open) = (clock.round - 1, 99) }
            _ = try TestClockStore.store(old, at: now, in: tx)
        }
        try await step(world)
        // What pauses between two questions is over.
        world.clock.advance(by: .seconds(1))
    }

    private static func clock(_ world: SchedulerWorld) async throws -> TestClockStore.Stored {
        try await world.pool.transaction { tx in
            try #require(try TestClockStore.list(of: nil, before: nil, limit: 1, in: tx).first)
        }
    }

    /// A clock in a world whose organization is for tests; it stands.
    private static func made(_ world: SchedulerWorld) async throws -> String {
        let organization = world.organizationID
        try await world.pool.transaction { tx in
            try TestClockStore.noteTestOrganizations([organization], in: tx)
        }
        let answer = try await world.post("/v1/test_clocks", #"{"name":"Year"}"#)
        #expect(answer.response.status == 201)
        let id = try #require(answer.json["id"]?.string)
        try await settle(world)
        #expect(try await world.get("/v1/test_clocks/\(id)").json["state"]?.string == "ready")
        return id
    }

    /// Answers until the clock stands.
    private static func settle(_ world: SchedulerWorld) async throws {
        try await step(world)
        for _ in 0..<60 {
            guard try await clock(world).isMoving else { return }
            if try await clock(world).isAsking { try await answer(world) } else { try await step(world) }
        }
        Issue.record("the clock does not arrive")
    }

    @Test(
        "its timers go off at their own instants, one after the other, and the real time moves none of them")
    func instants() async throws {
        try await SchedulerWorld.with { world in
            let id = try await Self.made(world)
            let daily = try world.recurring(from: "2026-01-16", every: 1, .day, count: 3)
            try await world.request(daily)
            var foreign = try world.charge(on: "2026-01-18")
            foreign.organizationID = OrganizationID(.v7())
            try await world.request(foreign)
            let target = "2026-01-17T20:00:00.000Z"
            let moving = try await world.post("/v1/test_clocks/\(id)/advance", #"{"to":"\#(target)"}"#)
            #expect(moving.response.status == 202 && moving.json["state"]?.string == "moving")
            try await world.tickUntilIdle()
            #expect(try await world.publishedDates() == [])
            try await Self.settle(world)
            #expect(try await world.publishedDates() == ["2026-01-16", "2026-01-17"])
            let dues = try await world.published().map(\.envelope).filter { $0.type == "schedule.due.v1" }
            #expect(dues.map(\.isTestTime) == [true, true])
            #expect(
                dues.map(\.clockTime.rfc3339) == ["2026-01-16T08:00:00.000Z", "2026-01-17T08:00:00.000Z"])
            let told = try await world.published().map(\.envelope).filter {
                $0.type == "test_clock.moved.v1"
            }
            #expect(told.map(\.sequence) == [1, 2, 3, 4] && !told.map(\.isTestTime).contains(true))
            #expect(told.last?.data["now"]?.string == target)
            let shown = try await world.get("/v1/test_clocks/\(id)").json
            #expect(shown["now"]?.string == target && shown["occurrence_count"]?.int64 == 2)
            // The real time comes to the day of somebody else's timer, and to nobody's of the test clock.
            try await world.at("2026-01-19T12:00:00Z")
            #expect(try await world.publishedDates().count == 3)
        }
    }

    @Test(
        "it stands still as long as something is under way: open work, messages not handled, sums that still grow",
        arguments: [
            [Answer(open: 1), Answer(open: 1)],
            [Answer(sent: 5, handled: 4), Answer(sent: 5, handled: 4)],
            [Answer(sent: 5), Answer(sent: 6), Answer(sent: 7)],
        ])
    func quiet(answers: [Answer]) async throws {
        try await SchedulerWorld.with { world in
            let id = try await Self.made(world)
            try await world.request(world.recurring(from: "2026-01-16", every: 1, .day, count: 1))
            _ = try await world.post("/v1/test_clocks/\(id)/advance", #"{"to":"2026-01-18T00:00:00Z"}"#)
            try await Self.step(world)
            for answer in answers {
                try await Self.answer(world, answer)
                try await Self.step(world)
                #expect(try await world.publishedDates() == [])
            }
            // The same sums twice, and all of it handled.
            try await Self.answer(world, Answer(sent: 7))
            try await Self.step(world)
            if try await world.publishedDates().isEmpty {
                try await Self.answer(world, Answer(sent: 7))
            }
            #expect(try await world.publishedDates() == ["2026-01-16"])
        }
    }

    @Test("a service that does not answer is asked again, and its silence is no answer")
    func silence() async throws {
        try await SchedulerWorld.with { world in
            _ = try await Self.made(world)
            let id = try await Self.clock(world).id
            _ = try await world.post("/v1/test_clocks/\(id)/advance", #"{"to":"2026-01-18T00:00:00Z"}"#)
            try await Self.step(world)
            let asked = try await Self.clock(world)
            try await Self.step(world)
            #expect(try await Self.clock(world).round == asked.round)
            world.clock.advance(by: .seconds(6))
            try await Self.step(world)
            #expect(try await Self.clock(world).round == asked.round + 1)
            #expect(try await Self.clock(world).now == asked.now)
        }
    }

    @Test("only an organization in test mode has one, one alone, moved forward by its owner")
    func refusals() async throws {
        try await SchedulerWorld.with { world in
            let refused = try await world.post("/v1/test_clocks", "{}")
            #expect(refused.response.status == 409 && refused.json["code"]?.string == "not_in_test_mode")
            let id = try await Self.made(world)
            let second = try await world.post("/v1/test_clocks", "{}")
            #expect(second.json["code"]?.string == "test_clock_exists")
            let path = "/v1/test_clocks/\(id)/advance"
            for body in [
                "{}", #"{"to":"soon"}"#, #"{"to":"2026-01-01T00:00:00Z"}"#, #"{"to":"2036-01-01T00:00:00Z"}"#,
            ] {
                let answer = try await world.post(path, body)
                #expect(answer.response.status == 422)
                #expect(answer.json["errors"]?.elements.first?["field"]?.string == "to")
            }
            let member = world.token(of: world.organizationID, role: .member)
            #expect(try await world.post(path, "{}", token: member).response.status == 403)
            let stranger = world.token(of: OrganizationID(.v7()))
            let order = #"{"to":"2026-01-18T00:00:00Z"}"#
            #expect(try await world.post(path, order, token: stranger).response.status == 404)
            #expect(try await world.get("/v1/test_clocks/\(id)", token: stranger).response.status == 404)
            #expect(try await world.get("/v1/test_clocks", token: stranger).json.elements.isEmpty)
            #expect(try await world.post(path, order).response.status == 202)
            let again = try await world.post(path, order)
            #expect(again.response.status == 409 && again.json["code"]?.string == "test_clock_is_moving")
            let early = try await world.post("/v1/test_clocks", #"{"now":"2026-01-01T00:00:00Z"}"#)
            #expect(early.response.status == 422)
        }
    }
}

extension SchedulerWorld {
    func post(
        _ path: String, _ body: String, token: String? = nil
    ) async throws -> (response: HTTPResponse, json: JSONNode) {
        var headers = HTTPHeaders()
        headers.add("Authorization", "Bearer \(token ?? self.token(of: organizationID))")
        headers.add("Content-Type", "application/json")
        let response = await pipeline.respond("POST", path, headers: headers, body: Array(body.utf8))
        return (response, try JSONDocument(parsing: response.body).root)
    }
}
