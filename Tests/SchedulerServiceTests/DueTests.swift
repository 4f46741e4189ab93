import EventContracts
import Postgres
import Primitives
import TestKit
import Testing

@testable import SchedulerService

@Suite("What goes off") struct DueTests {
    @Test("a charge is published at 09:00 of its day in its zone, once, with everything but the amount")
    func charge() async throws {
        try await SchedulerWorld.with { world in
            let plan = ChargePlanID(.v7())
            let request = try world.charge(on: "2026-01-20", plan: plan, step: 2)
            try await world.request(request)
            try await world.at("2026-01-20T07:59:59.999Z")
            #expect(try await world.published().isEmpty)
            try await world.at("2026-01-20T08:00:00Z")
            try await world.at("2026-01-21T08:00:00Z")
            let published = try await world.published()
            #expect(published.count == 1)
            let due = try #require(published.first)
            #expect(due.exchange == "scheduler.events" && due.routingKey == "charge.due.v1")
            let payload = try JSON.decode(ChargeDue.self, from: due.envelope.data)
            #expect(payload.scheduleID == request.scheduleID && payload.generation == 1)
            #expect(payload.planID == plan && payload.step == 2)
            #expect(payload.date.description == "2026-01-20")
            #expect(
                due.envelope.source == "/scheduler" && due.envelope.subject == request.scheduleID.description)
            #expect(due.envelope.tenantID == world.organizationID && due.envelope.sequence == 1)
            #expect(due.envelope.clockTime.rfc3339 == "2026-01-20T08:00:00.000Z")
            #expect(
                due.envelope.id == .v5(namespace: request.scheduleID.raw, name: "1/2026-01-20"),
                "the same occurrence has the same id whoever publishes it")
            #expect(try await world.state(request.scheduleID) == "finished 1")
        }
    }

    @Test("any other kind goes to its requester, with the payload as it was given") func otherKinds()
        async throws
    {
        try await SchedulerWorld.with { world in
            let payload = ["invoice_id": "inv_1", "quote": "\"ä\"\n"]
            try await world.request(
                try world.recurring(
                    kind: "invoice-reminder", from: "2026-01-16", every: 1, .day, count: 1, payload: payload),
                by: "invoice")
            try await world.at("2026-01-16T08:00:00Z")
            let due = try #require(try await world.published().first)
            #expect(due.exchange == "scheduler.events" && due.routingKey == "invoice.invoice-reminder")
            #expect(due.envelope.type == "schedule.due.v1")
            let read = try JSON.decode(ScheduleDue.self, from: due.envelope.data)
            #expect(read.kind == "invoice-reminder" && read.payload == payload)
            #expect(
                EventCatalogue.mustReach(
                    exchange: due.exchange, type: due.envelope.type, routingKey: due.routingKey)
                    == ["invoice.schedule-due"])
        }
    }

    @Test("a moment in the past goes off at once, on the local day it has in its zone") func moments()
        async throws
    {
        try await SchedulerWorld.with { world in
            var request = try world.charge(zone: "Pacific/Auckland")
            request.rule = ScheduleRule(at: Instant(rfc3339: "2026-01-15T11:30:00Z"))
            try await world.request(request)
            try await world.tickUntilIdle()
            #expect(try await world.publishedDates() == ["2026-01-16"])
        }
    }

    @Test("a monthly schedule keeps its day through February, its hour through summer, and ends")
    func series() async throws {
        try await SchedulerWorld.with { world in
            let request = try world.recurring(from: "2026-01-31", every: 1, .month, count: 4)
            try await world.request(request)
            for moment in [
                "2026-01-31T08:00:00Z", "2026-02-28T08:00:00Z", "2026-03-31T07:00:00Z",
                "2026-04-30T07:00:00Z",
                "2026-05-31T07:00:00Z",
            ] {
                let before = try #require(Instant(rfc3339: moment)) - .milliseconds(1)
                try await world.at(before.rfc3339)
                let count = try await world.published().count
                try await world.at(moment)
                let expected = moment.hasPrefix("2026-05") ? 4 : count + 1
                #expect(try await world.published().count == expected)
            }
            #expect(
                try await world.publishedDates() == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"])
            #expect(try await world.published().map(\.envelope.sequence) == [1, 2, 3, 4])
            #expect(try await world.state(request.scheduleID) == "finished 1")
        }
    }

    @Test("after a long time away each missed day is made up in portions, or only the last") func catchUp()
        async throws
    {
        try await SchedulerWorld.with { world in
            let all = try world.recurring(from: "2026-01-16", every: 1, .day, until: "2026-02-20")
            let latest = try world.recurring(
                kind: "digest", from: "2026-01-16", every: 1, .day, until: "2026-02-20", catchUp: .latest)
            try await world.request(all, latest)
            world.clock.set(try #require(Instant(rfc3339: "2026-02-14T12:00:00Z")))
            let first = try await world.tick(catchUpLimit: 24)
            #expect(first.lateness.count == 25 && first.hasMore)
            try await world.tickUntilIdle()
            let published = try await world.published()
            func dates(_ id: ScheduleID) -> [String] {
                published.filter { $0.envelope.subject == id.description }.compactMap {
                    $0.envelope.data["date"]?.string
                }
            }
            let made = dates(all.scheduleID)
            #expect(made.count == 30 && made == made.sorted() && Set(made).count == 30)
            #expect(dates(latest.scheduleID) == ["2026-02-14"])
            try await world.at("2026-03-01T00:00:00Z")
            #expect(try await world.publishedDates().count == 30 + 6 + 1 + 1)
            #expect(try await world.state(all.scheduleID) == "finished 1")
        }
    }

    @Test("four replicas at once publish each of three thousand dues once", .timeLimit(.minutes(10)))
    func replicas() async throws {
        try await SchedulerWorld.with { world in
            let requests = try (0..<3_000).map { _ in try world.charge(on: "2026-01-16") }
            try await world.deliver(requests.map { ScheduleRequested(schedule: $0) })
            world.clock.set(try #require(Instant(rfc3339: "2026-01-16T08:00:01Z")))
            try await withThrowingTaskGroup(of: Int.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        var fired = 0
                        while true {
                            let outcome = try await world.tick(batch: 64)
                            fired += outcome.lateness.count
                            // What another replica holds is due for it, so look until the table says there is none.
                            if !outcome.hasMore, outcome.next == nil { return fired }
                        }
                    }
                }
                let total = try await group.reduce(0, +)
                #expect(total == 3_000)
            }
            let subjects = try await world.published().map(\.envelope.subject)
            #expect(subjects.count == 3_000 && Set(subjects).count == 3_000)
        }
    }

    @Test("a pass that fails after its work leaves nothing, and the next one does it all") func failure()
        async throws
    {
        struct PowerCut: Error {}
        try await SchedulerWorld.with { world in
            let request = try world.charge(on: "2026-01-16")
            try await world.request(request)
            world.clock.set(try #require(Instant(rfc3339: "2026-01-16T09:00:00Z")))
            let fire = FireDueSchedules(outbox: world.outbox, zones: ZoneCache(), batch: 10, catchUpLimit: 1)
            let now = world.clock.now()
            await #expect(throws: PowerCut.self) {
                try await world.pool.transaction { tx in
                    _ = try fire(at: now, in: tx)
                    throw PowerCut()
                }
            }
            #expect(try await world.published().isEmpty)
            try await world.tickUntilIdle()
            #expect(try await world.published().count == 1)
        }
    }

    @Test("an occurrence that is on record already is not published again") func onRecord() async throws {
        try await SchedulerWorld.with { world in
            let request = try world.charge(on: "2026-01-16")
            let other = try world.charge(on: "2026-01-16")
            try await world.request(request, other)
            try await world.at("2026-01-16T09:00:00Z")
            // As after a restore in which the schedule was older than its occurrence.
            try await world.database.psql(
                """
                UPDATE schedules SET state = 'active', sequence = 0, next_date = '2026-01-16',
                    next_run_at = '2026-01-16T08:00:00Z' WHERE id = '\(request.scheduleID.raw)'
                """)
            try await world.tickUntilIdle()
            #expect(try await world.published().count == 2)
            #expect(try await world.state(request.scheduleID) == "finished 1")
        }
    }

    @Test("a zone that this release does not know holds up nobody else") func unreadable() async throws {
        try await SchedulerWorld.with { world in
            let odd = try world.recurring(from: "2026-01-16", every: 1, .day)
            let neighbour = try world.charge(on: "2026-01-16")
            try await world.request(odd, neighbour)
            try await world.database.psql(
                "UPDATE schedules SET zone = 'Mars/Olympus' WHERE id = '\(odd.scheduleID.raw)'")
            world.clock.set(try #require(Instant(rfc3339: "2026-01-16T09:00:00Z")))
            let outcome = try await world.tick()
            #expect(outcome.unreadable == [odd.scheduleID])
            #expect(try await world.published().map(\.envelope.subject) == [neighbour.scheduleID.description])
            #expect(outcome.next == world.clock.now() + .seconds(600))
            // With the zone known again nothing is lost.
            try await world.database.psql(
                "UPDATE schedules SET zone = 'Europe/Berlin' WHERE zone = 'Mars/Olympus'")
            try await world.at("2026-01-16T10:00:00Z")
            #expect(try await world.published().count == 2)
        }
    }
}
