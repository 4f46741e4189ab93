import LoadKit
import Primitives
import TestKit
import Testing

@Suite("Whatever dies, every charge is made once", .serialized)
struct KillTests {
    private static let charges = 2_000

    @Test(
        "services, broker and database are killed at random while 2 000 charges flow",
        .timeLimit(.minutes(12)))
    func killedAtRandom() async throws {
        try await FaultWorld.with(charges: Self.charges, settings: ["DUELY_GATEWAY_CONCURRENCY": "64"]) {
            world in
            var victims = [
                "scheduler", "payment", "invoice", "notification", "payment", "rabbitmq", "invoice",
                "postgres", "payment",
            ]
            victims.shuffle()
            // Each call takes long enough that every kill falls into the middle of some.
            try await world.instance.send(
                "POST", world.instance.gateway + "/_control/faults",
                json: #"{"kind":"latency","path":"/v1/payment_intents","delay_ms":150}"#,
                token: "sk_test_faults")
            try await world.letTheDayCome()
            for (index, victim) in victims.enumerated() {
                // The next one dies when some more have been paid, or after a while in which nothing moved.
                let target = Int64(Self.charges * (index + 1) / (victims.count + 2))
                let patience = ContinuousClock.now + .seconds(15)
                try await eventually(every: .milliseconds(50), "some payments") {
                    await world.paid() ?? 0 >= target || ContinuousClock.now > patience
                }
                try await world.system.part(victim, "kill")
                try await world.system.part(victim, "start")
            }
            try await world.waitUntilQuiet()
            #expect(try await world.brokenPromises() == [])
        }
    }

    @Test(
        "every message is handled twice, or backwards: the same result", .timeLimit(.minutes(8)),
        arguments: ["twice", "backwards"])
    func rehearsed(_ rehearsal: String) async throws {
        try await FaultWorld.with(charges: 500, settings: ["DUELY_REHEARSAL": rehearsal]) { world in
            try await world.letTheDayCome()
            try await world.waitUntilQuiet()
            #expect(try await world.brokenPromises() == [])
        }
    }
}
