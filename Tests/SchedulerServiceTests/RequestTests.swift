import EventContracts
import Messaging
import Postgres
import Primitives
import TestKit
import Testing

@testable import SchedulerService

@Suite("Requests") struct RequestTests {
    @Test("the higher generation wins in whatever order requests arrive, also within a batch")
    func generations() async throws {
        try await SchedulerWorld.with { world in
            let id = ScheduleID(.v7())
            let versions = try [2, 1, 3, 2].map { generation in
                try world.charge(id, generation: Int64(generation), on: "2026-01-2\(generation)")
            }
            try await world.deliver(versions.map { ScheduleRequested(schedule: $0) })
            #expect(try await world.state(id) == "active 3")
            try await world.change(try world.charge(id, generation: 2, on: "2026-01-22"))
            try await world.at("2026-01-22T12:00:00Z")
            #expect(try await world.published().isEmpty)
            try await world.change(try world.charge(id, generation: 4, on: "2026-01-25"))
            try await world.at("2026-01-31T12:00:00Z")
            #expect(try await world.publishedDates() == ["2026-01-25"])
            #expect(try await world.published().first?.envelope.data["generation"]?.int64 == 4)
        }
    }

    @Test("everything delivered twice, or late, changes nothing") func repetition() async throws {
        try await SchedulerWorld.with { world in
            let request = try world.charge(on: "2026-01-16")
            try await world.request(request, request)
            try await world.request(request)
            try await world.at("2026-01-16T09:00:00Z")
            try await world.request(request)
            try await world.at("2026-01-17T09:00:00Z")
            #expect(try await world.published().count == 1)
            #expect(try await world.state(request.scheduleID) == "finished 1")
        }
    }

    @Test("a cancellation is final for its generation, even when it overtakes its request")
    func cancellation() async throws {
        try await SchedulerWorld.with { world in
            let known = try world.charge(on: "2026-01-16")
            let unknown = try world.charge(on: "2026-01-16")
            try await world.request(known)
            try await world.cancel(known.scheduleID, generation: 1)
            try await world.cancel(unknown.scheduleID, generation: 1)
            try await world.cancel(unknown.scheduleID, generation: 1)
            try await world.request(unknown)
            try await world.at("2026-01-20T12:00:00Z")
            #expect(try await world.published().isEmpty)
            #expect(try await world.state(known.scheduleID) == "cancelled 1")
            #expect(try await world.state(unknown.scheduleID) == "cancelled 1")
            // A later generation is another wish.
            try await world.change(try world.charge(unknown.scheduleID, generation: 2, on: "2026-01-21"))
            try await world.cancel(unknown.scheduleID, generation: 1)
            try await world.at("2026-01-21T12:00:00Z")
            #expect(try await world.publishedDates() == ["2026-01-21"])
        }
    }

    @Test("a new generation goes off on a day on which the old one has gone off already") func sameDay()
        async throws
    {
        try await SchedulerWorld.with { world in
            let id = ScheduleID(.v7())
            try await world.request(try world.charge(id, on: "2026-01-16"))
            try await world.at("2026-01-16T09:00:00Z")
            // The requester had raised the generation before that due arrived, and dropped it.
            try await world.change(try world.charge(id, generation: 2, on: "2026-01-16"))
            try await world.tickUntilIdle()
            let published = try await world.published()
            #expect(published.map { $0.envelope.data["generation"]?.int64 } == [1, 2])
            #expect(published.map(\.envelope.sequence) == [1, 2])
            #expect(Set(published.map(\.envelope.id)).count == 2)
        }
    }

    @Test("no service changes or cancels another's schedule") func ownership() async throws {
        try await SchedulerWorld.with { world in
            let request = try world.recurring(from: "2026-01-16", every: 1, .day, count: 1)
            try await world.request(request, by: "invoice")
            try await world.cancel(request.scheduleID, generation: 9, by: "payment")
            var foreign = request
            foreign.generation = 9
            try await world.change(foreign, by: "payment")
            try await world.at("2026-01-16T12:00:00Z")
            #expect(try await world.published().map(\.routingKey) == ["invoice.reminder"])
        }
    }

    @Test("a request that means nothing is refused for good, with its reason") func refusals() async throws {
        try await SchedulerWorld.with { world in
            func refused(
                by service: String = "payment", _ reason: String, _ change: (inout ScheduleRequest) -> Void
            ) async throws {
                var request = try world.charge()
                change(&request)
                let wrong = request
                let error = await #expect(throws: HandlingFailure.self) {
                    try await world.request(wrong, by: service)
                }
                guard case .permanent(let text) = error else {
                    Issue.record("not permanent: \(String(describing: error))")
                    return
                }
                #expect(text.contains(reason), "\(text)")
            }
            try await refused("missingStart") { $0.rule = ScheduleRule() }
            try await refused("intervalOutOfRange") {
                $0.rule = ScheduleRule(date: $0.rule.date, every: 0, unit: .day)
            }
            try await refused("kind") { $0.kind = "charge.now" }
            try await refused("kind") { $0.kind = "" }
            try await refused("kind") { $0.kind = "#" }
            try await refused("generation") { $0.generation = -1 }
            try await refused(by: "identity", "identity has no queue") { $0.kind = "reminder" }
            try await refused(by: "identity", "identity has no queue") { $0.planID = nil }
        }
    }
}
