import TestKit
import Testing

@Suite("Money moves by every path while everything dies", .serialized)
struct EveryPathTests {
    @Test(
        """
        parts, orders, wallets, refunds, notes, voids and skips beside automatic payments, with kills, lost answers and an \
        hour without the gateway, and every message handled backwards and again: our books are those of the gateway, and every invoice ends as it may
        """,
        .timeLimit(.minutes(15)))
    func everyPath() async throws {
        let system = try await RunningSystem.start([
            "DUELY_LOG_LEVEL": "warning", "DUELY_REHEARSAL": "backwards",
        ])
        do {
            let world = try await EveryPath(system)
            try await world.waitUntilPlanned()
            try await Self.storm(world)
            try await Self.calm(world)
            #expect(try await world.brokenPromises() == [])
        } catch {
            await system.stop()
            throw error
        }
        await system.stop()
    }

    /// Five days on which something dies while charges are due, on the first of them with everybody's wishes at once.
    private static func storm(_ world: EveryPath) async throws {
        let system = world.system
        try await system.gateway.fault(#"{"kind":"latency","delay_ms":150}"#)
        try await system.gateway.fault(#"{"kind":"reset_after","every":5,"times":6}"#)
        var victims = ["payment", "invoice", "rabbitmq", "scheduler", "postgres"]
        victims.shuffle()
        for (day, victim) in victims.enumerated() {
            try await system.advance(by: .seconds(86_400))
            async let wishes: Void = day == 0 ? world.wishAtOnce() : ()
            if day == 2 { try await withoutGateway(system) }
            try await kill(victim, system)
            try await kill("payment", system)
            try await wishes
            if day == 1 { try await world.refundHalves() }
        }
    }

    private static func kill(_ victim: String, _ system: RunningSystem) async throws {
        try await system.part(victim, "kill")
        try await system.part(victim, "start")
    }

    /// The gateway does not answer for an hour, as the services see it.
    private static func withoutGateway(_ system: RunningSystem) async throws {
        try await system.part("gateway", "stop")
        for _ in 0..<6 { try await system.advance(by: .seconds(600)) }
        try await system.part("gateway", "start")
    }

    /// Days on which nothing goes wrong any more: whatever was refused is tried again.
    private static func calm(_ world: EveryPath) async throws {
        try await world.system.gateway.liftFaults()
        try await world.replaceTheDecliningCard()
        for _ in 0..<6 { try await world.system.advance(by: .seconds(5 * 86_400)) }
        try await world.waitUntilQuiet()
    }
}
