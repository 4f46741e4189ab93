import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("A payer who is forgotten", .timeLimit(.minutes(10)))
struct ErasedPayerTests {
    @Test("pays nothing automatically any more: permissions end once, and so does what they planned")
    func mandates() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate(days: 3)
            _ = try await world.saveCard(PaymentWorld.cards.debit)
            let series = RecurringInvoiceID.new(at: world.clock.now())
            try await world.set(.series(series), to: .paused, card: card)
            let planned = try await world.issue(100)
            let ready = try await world.issue(200)
            let sent = try await world.issue(300)
            try await world.accept([world.due(sent)])
            let claimed = try #require(try await world.claimOnly())
            try await world.accept([world.due(ready)])
            let before = try await world.published().filter { $0 == "mandate.changed.v1" }.count
            try await world.erase(times: 2)
            #expect(try await world.mandateState() == "revoked 4242,revoked 4242")
            #expect(try await world.mandateReasons() == ["account_erased", "account_erased"])
            #expect(try await world.published().filter { $0 == "mandate.changed.v1" }.count == before + 2)
            #expect(try await world.planState(planned) == "cancelled/0/2")
            #expect(try await world.attemptStates(ready) == "cancelled")
            #expect(
                try await world.scalar("SELECT count(*) FROM payment_methods WHERE NOT is_removed") == "0")
            #expect(
                try await world.scalar("SELECT string_agg(DISTINCT consented_from, '-') FROM mandates") == "")
            // What was sent goes on, and an invoice that comes later is planned no more.
            try await world.answer(.charged(reference: "pi_1"), to: claimed)
            #expect(try await world.planState(sent) == "collected/0/1")
            #expect(try await world.planState(world.issue(400)) == "-")
            #expect(try await world.violations() == [])
        }
    }

    @Test("pays no day of a standing order any more, also not one that waits for its next try")
    func orders() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(5_000, card: "4000000000000341")
            let last = try await world.order(700, card: "4000000000000341", count: 1)
            try await world.take([world.orderDue(order), world.orderDue(last)])
            try await world.payOrders()
            #expect(try await world.days(order).hasPrefix("waiting/5000"))
            #expect(try await world.days(last).hasPrefix("waiting/700"))
            try await world.erase(times: 2)
            #expect(try await world.days(order) == "cancelled/5000/cancelled")
            #expect(try await world.days(last) == "cancelled/700/cancelled")
            let states = try await world.scalar(
                "SELECT string_agg(status, ' ' ORDER BY standing_order_id) FROM standing_orders")
            #expect(states == "cancelled finished")
            // Two days that wait, and one series.
            #expect(try await world.published().filter { $0 == "schedule.cancelled.v1" }.count == 3)
            #expect(try await world.violations() == [])
        }
    }
}
