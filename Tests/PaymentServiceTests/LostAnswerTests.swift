import EventContracts
import Lifecycle
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("An unknown outcome is found out, never guessed")
struct LostAnswerTests {
    @Test(
        "whatever the gateway does to the answer, there is one capture and the invoice is collected",
        arguments: ["late_answer", "error_after", "reset_after", "error_before", "reset_before"])
    func lostAnswer(kind: String) async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.fault(
                #"{"kind":"\#(kind)","path":"/v1/payment_intents","times":2,"delay_ms":2500}"#)
            try await world.accept([world.due(invoice)])
            try await world.parts.executor.start()
            let sweeper = world.parts.sweeper.loop()
            try await sweeper.start()
            try await eventually {
                world.clock.advance(by: .milliseconds(200))
                return try await world.attemptStates(invoice) == "succeeded"
            }
            await sweeper.stop()
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(
                try await world.scalar("SELECT collected FROM payables WHERE invoice_id = $1", invoice)
                    == "5000")
            #expect(try await world.published().filter { $0 == "payment.succeeded.v1" }.count == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "a sender that dies after claiming leaves an attempt that is replayed under the same key",
        arguments: [false, true])
    func deadSender(hadSent: Bool) async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            // A process that claims and then dies: before it sends, or after the gateway has taken the money.
            let claimed = try await world.pool.transaction { [parts = world.parts] tx in
                try parts.claim(
                    limit: 10, perOrganization: 10, after: OrganizationID(RawID(high: 0, low: 0)), in: tx)
            }
            let claim = try #require(claimed?.claimed.first)
            if hadSent {
                let outcome = await withCheckedContinuation { continuation in
                    world.parts.sweeper.gateway.charge(claim.call) { continuation.resume(returning: $0) }
                }
                guard case .charged = outcome else { throw TestFailure(description: "\(outcome)") }
            }
            try await world.parts.executor.start()
            let sweeper = world.parts.sweeper.loop()
            try await sweeper.start()
            world.clock.advance(by: .seconds(6))
            try await eventually {
                world.clock.advance(by: .milliseconds(100))
                return try await world.attemptStates(invoice) == "succeeded"
            }
            await sweeper.stop()
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("an answer that comes after the lease ran out still counts, once")
    func lateAnswer() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            try await world.fault(
                #"{"kind":"late_answer","path":"/v1/payment_intents","times":1,"delay_ms":700}"#)
            try await world.parts.executor.start()
            try await eventually { try await world.attemptStates(invoice) == "in_flight" }
            // The clock jumps past the lease while the answer is on its way.
            world.clock.advance(by: .seconds(60))
            let sweeper = world.parts.sweeper.loop()
            try await sweeper.start()
            try await eventually {
                world.clock.advance(by: .milliseconds(100))
                return try await world.attemptStates(invoice) == "succeeded"
            }
            await sweeper.stop()
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.published().filter { $0 == "payment.succeeded.v1" }.count == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("an invoice that is voided while it is charged gets its money back")
    func voidWhileCharging() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            try await world.fault(
                #"{"kind":"latency","path":"/v1/payment_intents","times":1,"delay_ms":500}"#)
            try await world.parts.executor.start()
            try await eventually { try await world.attemptStates(invoice) == "in_flight" }
            try await world.void(invoice, total: 5000)
            try await eventually { try await world.attemptStates(invoice) == "succeeded" }
            let refunds = world.parts.refunds.loop(wakeup: .init())
            try await refunds.start()
            try await eventually { try await world.ledger(invoice).refunded == 5000 }
            try await eventually { try await world.scalar("SELECT state FROM refunds") == "succeeded" }
            await refunds.stop()
            #expect(
                try await world.scalar("SELECT refunded FROM payables WHERE invoice_id = $1", invoice)
                    == "5000")
            #expect(try await world.published().contains("refund.succeeded.v1"))
            #expect(try await world.violations() == [])
        }
    }
}
