import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("The cards of a standing order", .timeLimit(.minutes(10)))
struct OrderCardTests {
    private static let cards = PaymentWorld.cards

    @Test(
        "stand in for each other at once, each once a day; one that is lost is left for good",
        arguments: [("insufficient_funds", "active 4242"), ("lost_card", "active 5556")])
    func standsIn(code: String, order: String) async throws {
        try await PaymentWorld.with { world in
            let id = try await world.order(5_000, allowsFallback: true)
            let first = try await world.orderCard()
            let second = try await world.saveCard(Self.cards.debit)
            for card in [first, second] { try await world.refuse(card, "insufficient_funds") }
            try await world.refuse(first, code)
            let third = try await world.saveCard(Self.cards.master)
            let invoice = try await world.issue(3_000)
            try await world.take([world.orderDue(id)])
            try await world.payOrders()
            #expect(try await world.triedByOrders() == "4242:declined 5556:declined 4444:succeeded")
            #expect(try await world.collected(invoice) == "3000")
            #expect(try await world.capturedByOrders() == "5000")
            #expect(try await world.orderState() == order)
            _ = third
            #expect(try await world.violations() == [])
        }
    }

    @Test("do not stand in unless the payer allows it; when none is left, the ladder goes on")
    func ladder() async throws {
        for allowsFallback in [false, true] {
            try await PaymentWorld.with { world in
                let id = try await world.order(5_000, allowsFallback: allowsFallback)
                let first = try await world.orderCard()
                let second = try await world.saveCard(Self.cards.debit)
                for card in [first, second] { try await world.refuse(card, "insufficient_funds") }
                try await world.take([world.orderDue(id)])
                try await world.payOrders()
                #expect(
                    try await world.triedByOrders()
                        == (allowsFallback ? "4242:declined 5556:declined" : "4242:declined"))
                #expect(try await world.days(id) == "waiting/5000/insufficient_funds")
                #expect(
                    try await world.published().filter { $0 == "payment.failed.v1" }.count
                        == (allowsFallback ? 2 : 1))
                #expect(try await world.violations() == [])
            }
        }
    }

    @Test(
        "a new one is tried once for a day that waits, which keeps its step; the timer that came meanwhile is not lost"
    )
    func newCard() async throws {
        try await PaymentWorld.with { world in
            let id = try await world.order(5_000, card: "4000000000000341", allowsFallback: true)
            try await world.take([world.orderDue(id)])
            try await world.payOrders()
            let step = "SELECT step || '/' || state FROM standing_order_payments"
            #expect(try await world.scalar(step) == "1/waiting")
            let retry = try await world.retryDue()
            let token = try await world.cardToken(Self.cards.debit)
            try await world.order(
                "/_control/declines", #"{"payment_method":"\#(token)","decline_code":"lost_card"}"#)
            for _ in 0..<3 { _ = try await world.parts.cards.save(.method(token), for: world.accountID) }
            try await world.payOrders()
            #expect(try await world.triedByOrders() == "0341:declined 5556:declined")
            #expect(try await world.scalar(step) == "1/waiting")
            world.clock.advance(by: .seconds(2 * 86_400))
            let good = try await world.cardToken(Self.cards.visa)
            try await world.order(
                "/_control/declines", #"{"payment_method":"\#(good)","decline_code":"generic_decline"}"#)
            _ = try await world.parts.cards.save(.method(good), for: world.accountID)
            // The day of the step comes while the new card is tried.
            try await world.take([retry])
            try await world.payOrders()
            #expect(
                try await world.triedByOrders()
                    == "0341:declined 5556:declined 4242:declined 0341:declined")
            #expect(try await world.scalar(step) == "2/waiting")
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "when one is removed, its orders get the next, or wait until there is one", arguments: [true, false])
    func removal(allowsFallback: Bool) async throws {
        try await PaymentWorld.with { world in
            let id = try await world.order(5_000, allowsFallback: allowsFallback)
            let first = try await world.orderCard()
            let second = try await world.saveCard(Self.cards.debit)
            #expect(try await world.remove(first))
            if allowsFallback {
                #expect(try await world.orderState() == "active 5556")
                #expect(try await world.remove(second))
                #expect(try await world.orderState() == "needs_attention 5556")
                _ = try await world.saveCard(Self.cards.master)
                #expect(try await world.orderState() == "active 4444")
            } else {
                #expect(try await world.orderState() == "needs_attention 4242")
                try await world.change(id, .change(nil, second))
                #expect(try await world.orderState() == "active 5556")
            }
        }
    }
}

extension PaymentWorld {
    fileprivate func orderCard() async throws -> PaymentMethodID {
        let card = try await pool.transaction { tx in
            try tx.query("SELECT payment_method_id FROM standing_orders").scalar(as: PaymentMethodID.self)
        }
        guard let card else { throw TestFailure(description: "no order") }
        return card
    }

    fileprivate func triedByOrders() async throws -> String {
        try await scalar(
            "SELECT string_agg(last4 || ':' || state, ' ' ORDER BY number) FROM attempts WHERE invoice_id IS NULL"
        )
    }

    fileprivate func orderState() async throws -> String {
        try await scalar(
            """
            SELECT o.status || ' ' || w.last4
              FROM standing_orders o JOIN payment_methods w ON w.payment_method_id = o.payment_method_id
            """)
    }

    /// The timer of the next try, as the scheduler would send it.
    fileprivate func retryDue() async throws -> Received<ScheduleDue> {
        let found = try await pool.transaction { tx in
            try tx.query("SELECT payment_id, step::bigint FROM standing_order_payments").first.map {
                (try $0.get(0, as: PaymentID.self), try $0.get(1, as: Int64.self))
            }
        }
        guard let (payment, step) = found else { throw TestFailure(description: "no day") }
        let id = StandingOrder.scheduleID(ofRetry: payment)
        return try received(
            ScheduleDue(
                scheduleID: id, generation: step, kind: OrderEvents.retryKind,
                date: Zone.utc.date(at: clock.now())), subject: id, sequence: 1)
    }
}
