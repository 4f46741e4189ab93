import HTTPClient
import Lifecycle
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("A gateway that has too much, or fails, is left alone", .timeLimit(.minutes(10)))
struct GatewayValveTests {
    private static func due(_ count: Int, _ world: PaymentWorld) async throws -> [InvoiceID] {
        try await world.mandate()
        var invoices: [InvoiceID] = []
        for _ in 0..<count { invoices.append(try await world.issue(5000)) }
        for invoice in invoices { try await world.accept([world.due(invoice)]) }
        return invoices
    }

    private static func mend(_ world: PaymentWorld) async throws {
        _ = try await world.http.send(
            ClientRequest(
                method: "DELETE", url: world.gateway + "/_control/faults", headers: [], body: [],
                limits: .init(connect: .seconds(2), total: .seconds(10), responseBytes: 1 << 20)))
    }

    private static func count(_ condition: String, _ world: PaymentWorld) async throws -> String {
        try await world.scalar("SELECT count(*) FROM attempts WHERE \(condition)")
    }

    @Test(
        "what it puts off is sent again under the same key when its time has come, and no step of the ladder is taken"
    )
    func putOff() async throws {
        try await PaymentWorld.with { world in
            let invoice = try #require(try await Self.due(1, world).first)
            try await world.fault(#"{"kind":"rate_limit","retry_after":30,"times":1}"#)
            try await world.startExecutorOnce()
            try await eventually {
                try await Self.count("state = 'ready' AND sends = 1", world) == "1"
            }
            #expect(world.parts.executor.valve.restLeft == .seconds(30))
            #expect(try await world.planState(invoice).hasPrefix("charging/0/"))
            // Somebody who pays now is told at once, and nothing is booked or held.
            let other = try await world.issue(700)
            #expect(try await world.payByLink(other, card: "pm_card_visa") == "gateway_unavailable")
            #expect(try await world.attemptStates(other) == "-")
            // What becomes due meanwhile is not even claimed.
            try await world.accept([world.due(other)])
            world.clock.advance(by: .seconds(29))
            #expect(world.parts.executor.valve.restLeft == .seconds(1))
            #expect(try await Self.count("sends = 0 AND state = 'ready'", world) == "1")
            world.clock.advance(by: .seconds(1))
            try await eventually {
                world.clock.advance(by: .milliseconds(100))
                return try await Self.count("state = 'succeeded'", world) == "2"
            }
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await Self.count("number = 1 AND sends = 2", world) == "1")
            #expect(try await world.violations() == [])
        }
    }

    @Test("it is asked for less after it has put something off, and for more again later")
    func adapts() async throws {
        try await PaymentWorld.with(["DUELY_GATEWAY_CONCURRENCY": "16", "DUELY_CLAIM_BATCH": "16"]) { world in
            _ = try await Self.due(16, world)
            try await world.fault(#"{"kind":"rate_limit","retry_after":1}"#)
            try await world.startExecutorOnce()
            try await eventually { try await Self.count("state = 'ready' AND sends > 0", world) != "0" }
            try await eventually { world.parts.executor.valve.allowed.calls < 16 }
            try await Self.mend(world)
            try await eventually {
                world.clock.advance(by: .milliseconds(300))
                return try await Self.count("state = 'succeeded'", world) == "16"
            }
            world.clock.advance(by: .seconds(600))
            #expect(world.parts.executor.valve.allowed.calls == 16)
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "while it fails most charges stay as they are, and are made once it is well again, each once",
        arguments: ["error_before", "error_after", "reset_before"])
    func fails(kind: String) async throws {
        try await PaymentWorld.with([
            "DUELY_GATEWAY_CONCURRENCY": "4", "DUELY_CLAIM_BATCH": "4", "DUELY_BREAKER_CALLS": "4",
            "DUELY_BREAKER_PROBES": "2",
        ]) { world in
            let invoices = try await Self.due(24, world)
            try await world.fault(#"{"kind":"\#(kind)"}"#)
            try await world.startExecutorOnce()
            try await eventually { world.parts.executor.valve.restLeft != nil }
            try await eventually { try await Self.count("state = 'in_flight'", world) == "0" }
            let waiting = try #require(
                try await Int(Self.count("state = 'ready' AND sends = 0", world)))
            #expect(waiting >= 16, "not much more is sent than shows that it fails")
            #expect(world.parts.executor.valve.take(upTo: 4) == 0)
            let other = try await world.issue(700)
            #expect(try await world.payByLink(other, card: "pm_card_visa") == "gateway_unavailable")
            try await Self.mend(world)
            let sweeper = world.parts.sweeper.loop()
            try await sweeper.start()
            try await eventually {
                world.clock.advance(by: .milliseconds(500))
                return try await Self.count("state = 'succeeded'", world) == "24"
            }
            await sweeper.stop()
            for invoice in invoices { #expect(try await world.ledger(invoice).captures == 1) }
            #expect(world.parts.executor.valve.restLeft == nil)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a person's payment that certainly was not made ends, says so, and lets the automatic one go on")
    func personal() async throws {
        try await PaymentWorld.with { world in
            let invoice = try #require(try await Self.due(1, world).first)
            try await world.parts.executor.startBooking()
            try await world.fault(#"{"kind":"rate_limit","retry_after":5,"times":1}"#)
            #expect(
                try await world.payByLink(invoice, card: "pm_card_visa") == "payment_cancelled")
            #expect(try await world.attemptStates(invoice) == "cancelled cancelled ready")
            try await world.parts.executor.startClaiming()
            try await eventually {
                world.clock.advance(by: .milliseconds(200))
                return try await world.attemptStates(invoice) == "cancelled cancelled succeeded"
            }
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("standing orders wait as well, and are paid afterwards")
    func orders() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(2_500)
            try await world.take([world.orderDue(order)])
            try await world.fault(#"{"kind":"rate_limit","retry_after":30,"times":1}"#)
            try await world.startExecutorOnce()
            let loop = world.parts.payOrders.loop(wakeup: world.parts.orderWakeup)
            try await loop.start()
            try await eventually { try await Self.count("state = 'ready' AND sends = 1", world) == "1" }
            #expect(try await world.days(order) == "charging/2500")
            try await eventually {
                world.clock.advance(by: .seconds(1))
                return try await world.days(order) == "collected/2500"
            }
            await loop.stop()
            #expect(try await Self.count("number = 1 AND sends = 2", world) == "1")
            #expect(try await world.violations() == [])
        }
    }
}
