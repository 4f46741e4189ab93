import HTTPServer
import Observability
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("Disputes", .timeLimit(.minutes(2)))
struct DisputeTests {
    /// An invoice that was paid, and the gateway's name of the payment.
    private static func paid(_ world: PaymentWorld, card: String = "4242424242424242") async throws -> (
        invoice: InvoiceID, reference: String
    ) {
        try await world.mandate(card: card)
        let invoice = try await world.issue(5000)
        try await world.accept([world.due(invoice)])
        try await world.parts.executor.start()
        try await eventually { try await world.attemptStates(invoice) == "succeeded" }
        return (invoice, try await world.scalar("SELECT gateway_reference FROM attempts"))
    }

    private static func balance(_ world: PaymentWorld) async throws -> String {
        try await world.scalar(
            """
            SELECT string_agg(account || ' ' || amount, ', ' ORDER BY account) FROM (
                SELECT account, sum(amount) AS amount FROM ledger_entries GROUP BY account HAVING sum(amount) <> 0) s
            """)
    }

    @Test(
        "opened, the money is withheld; decided, it is there again or gone; in any order, doubled",
        arguments: [
            (["needs_response"], "opened", "disputes 5000, sender -5000", 1),
            (["needs_response", "under_review", "won"], "won", "gateway 5000, sender -5000", 2),
            (["needs_response", "lost"], "lost", "-", 2),
            (["won", "needs_response"], "won", "gateway 5000, sender -5000", 2),
            (["lost", "under_review", "needs_response"], "lost", "-", 2),
        ])
    func outcomes(told: [String], status: String, balance: String, events: Int) async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            let (invoice, reference) = try await Self.paid(world)
            for status in told {
                try await world.order(
                    "/_control/disputes", #"{"payment_intent":"\#(reference)","status":"\#(status)"}"#)
            }
            let news = try await world.events()
            try await world.tell(news)
            try await world.tell(news)
            #expect(try await world.scalar("SELECT string_agg(status, ',') FROM disputes") == status)
            #expect(try await Self.balance(world) == balance)
            #expect(try await world.published().filter { $0 == "dispute.changed.v1" }.count == events)
            let refunded = try await world.scalar(
                "SELECT refunded || ' ' || greatest(total - credited - collected, 0) FROM payables WHERE invoice_id = $1",
                invoice)
            #expect(refunded == (status == "lost" ? "5000 0" : "0 0"))
            #expect(
                try await world.scalar("SELECT refunded FROM payments") == (status == "won" ? "0" : "5000"))
            #expect(try await world.violations() == [])
        }
    }

    @Test("as long as the bank only asks, nothing is withheld")
    func inquiry() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            let (_, reference) = try await Self.paid(world)
            try await world.order(
                "/_control/disputes",
                #"{"payment_intent":"\#(reference)","status":"warning_needs_response"}"#)
            try await world.tell(world.events())
            #expect(try await world.scalar("SELECT count(*) FROM disputes") == "0")
        }
    }

    @Test(
        "an invoice that is voided meanwhile gives back what is there again, and nothing that is gone",
        arguments: ["won", "lost"])
    func voided(outcome: String) async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            let (invoice, reference) = try await Self.paid(world)
            let order = #"{"payment_intent":"\#(reference)","status":"needs_response"}"#
            try await world.order("/_control/disputes", order)
            try await world.tell(world.events())
            try await world.void(invoice, total: 5000)
            #expect(try await world.scalar("SELECT count(*) FROM refunds") == "0")
            #expect(try await world.violations() == [])
            try await world.order(
                "/_control/disputes", order.replacing("needs_response", with: outcome))
            try await world.tell(world.events())
            #expect(
                try await world.scalar("SELECT count(*) FROM refunds") == (outcome == "won" ? "1" : "0"))
            #expect(try await world.violations() == [])
        }
    }

    @Test("news of a dispute that overtake the success wait for it")
    func early() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            try await world.mandate(card: "4000000000000259")
            let invoice = try await world.issue(5000)
            try await world.fault(
                #"{"kind":"late_answer","path":"/v1/payment_intents","times":1,"delay_ms":1200}"#)
            try await world.accept([world.due(invoice)])
            try await world.parts.executor.start()
            try await eventually {
                try await world.events().contains {
                    String(decoding: $0, as: UTF8.self).contains("dispute.created")
                }
            }
            try await world.tell(world.events().reversed())
            #expect(try await world.attemptStates(invoice) == "succeeded")
            #expect(try await world.scalar("SELECT string_agg(status, ',') FROM disputes") == "opened")
            #expect(try await world.violations() == [])
        }
    }
}
