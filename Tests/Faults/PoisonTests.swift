import EventContracts
import LoadKit
import Messaging
import Primitives
import TestKit
import Testing

@Suite("Poison hurts nobody but itself", .serialized)
struct PoisonTests {
    @Test(
        "every queue gets poison of every kind while charges flow: all charges are made, each poison is dead once",
        .timeLimit(.minutes(8)))
    func everyQueue() async throws {
        try await FaultWorld.with(charges: 120) { world in
            let broker = Broker(world.instance)
            let before = try await Self.processes(world.system)
            let poison = EventCatalogue.queues.flatMap { Poison.all(for: $0) }.shuffled()
            try await world.letTheDayCome()
            async let neighbour = Self.signUp(world.instance)
            try await world.instance.each(poison, atOnce: 4) { try await broker.publish($0) }
            let organization = try await neighbour
            try await world.waitUntilQuiet()
            try await Self.waitUntilKnown(organization, world)
            try await Self.waitUntilDead(poison, broker)
            let broken = try await world.brokenPromises()
            let counts = EventCatalogue.queues.map { queue in
                "dead letters: \(queue.name).dead \(poison.count { $0.queue == queue.name })"
            }
            #expect(broken.sorted() == counts.sorted())
            for queue in EventCatalogue.queues { try await Self.expect(poison, deadIn: queue, broker) }
            #expect(try await Self.processes(world.system) == before)
            // A dead letter that is sent back fails again and is where it was.
            for queue in EventCatalogue.queues {
                let chosen = "\(queue.name)-wrong-envelope"
                let redrive = try broker.redrive(queue)
                let count = try await eventually("a dead letter is sent back") {
                    let count = try await redrive.sendBack(limit: 1_000) { $0.messageID == chosen }
                    return count > 0 ? count : nil
                }
                #expect(count == 1, "\(queue.name)")
                try await Self.expect(poison, deadIn: queue, broker)
            }
            #expect(try await Self.processes(world.system) == before)
        }
    }

    private static func waitUntilDead(_ poison: [Poison], _ broker: Broker) async throws {
        for queue in EventCatalogue.queues {
            let redrive = try broker.redrive(queue)
            let expected = poison.count { $0.queue == queue.name }
            try await eventually(every: .milliseconds(200), "the dead of \(queue.name)") {
                try await redrive.count() >= expected
            }
        }
    }

    /// Each poison of a queue is among its dead letters once, with its reason, and nothing else is.
    private static func expect(
        _ poison: [Poison], deadIn queue: ConsumerQueue, _ broker: Broker
    ) async throws {
        let expected = poison.filter { $0.queue == queue.name }.map { "\($0.messageID) \($0.reason)" }
            .sorted()
        do {
            // What was just looked at, or sent back, is not there for a moment.
            try await eventually(every: .milliseconds(200), "the dead of \(queue.name)") {
                try await broker.dead(queue) == expected
            }
        } catch is TimedOut {
            let dead = try await broker.dead(queue)
            #expect(
                dead == expected,
                "\(queue.name): \(Set(dead).symmetricDifference(expected))")
        }
    }

    /// The process of each service, which runs.
    private static func processes(_ system: RunningSystem) async throws -> [String: String] {
        var processes: [String: String] = [:]
        for service in EventCatalogue.services { processes[service] = try await system.part(service, "pid") }
        return processes
    }

    /// Events that stand in the queues beside the poison.
    private static func signUp(_ instance: Instance) async throws -> OrganizationID {
        let answer = try await instance.send(
            "POST", instance.url("identity") + "/v1/sign-up",
            json: """
                {"email":"neighbour@sender.test","password":"correct horse battery staple","name":"Ned Neighbour",
                 "organization":{"name":"Neighbours","currency":"USD","zone":"UTC","invoice_prefix":"NB"}}
                """)
        try await instance.proveAddress("neighbour@sender.test")
        return try #require(answer["organization_id"]?.string.flatMap { OrganizationID($0) })
    }

    private static func waitUntilKnown(_ organization: OrganizationID, _ world: FaultWorld) async throws {
        let id = organization.raw.uuidString
        try await eventually(every: .milliseconds(200), "the new sender is known") {
            try await world.instance.count(
                """
                SELECT (SELECT count(*) FROM invoice.organizations WHERE id = '\(id)')
                     + (SELECT count(*) FROM payment.organizations WHERE organization_id = '\(id)' AND name IS NOT NULL)
                     + (SELECT count(*) FROM notification.organizations WHERE organization_id = '\(id)')
                """) == 3
        }
    }
}
