import EventContracts
import PaymentDomain
import Postgres
import Primitives
import ServiceKit
import TestKit
import Testing

@testable import PaymentService

@Suite("A person's payment and the automatic one never meet at the gateway")
struct PersonalPaymentTests {
    @Test("fifty payments at once make one capture; the others are told which attempt won")
    func concurrency() async throws {
        try await PaymentWorld.with(["DUELY_STARTS_PER_LINK": "1000"]) { world in
            let invoice = try await world.issue(5000)
            try await world.parts.executor.start()
            var cards: [String] = []
            for _ in 0..<50 { cards.append(try await world.cardToken("4242424242424242")) }
            let outcomes = try await withThrowingTaskGroup(of: String.self) { group in
                for card in cards { group.addTask { try await world.payByLink(invoice, card: card) } }
                return try await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
            }
            #expect(outcomes["succeeded"] == 1)
            let others = ["payment_in_progress", "invoice_paid", "unavailable"].map {
                outcomes[$0, default: 0]
            }
            #expect(others.reduce(0, +) == 49)
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a person's payment takes the place of an automatic one that was not sent, whose plan then ends")
    func replaces() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            #expect(try await world.attemptStates(invoice) == "ready")
            try await world.parts.executor.startBooking()
            let state = try await world.payByLink(invoice, card: world.cardToken("4242424242424242"))
            #expect(state == "succeeded")
            #expect(try await world.attemptStates(invoice) == "cancelled succeeded")
            #expect(try await world.planState(invoice) == "cancelled/0/2")
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a person's payment that is refused lets the waiting automatic one go on")
    func refusedThenAutomatic() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            try await world.parts.executor.startBooking()
            let code = try await world.payByLink(invoice, card: world.cardToken("4000000000000002"))
            #expect(code == "payment_declined")
            #expect(try await world.attemptStates(invoice) == "cancelled declined ready")
            try await world.parts.executor.startClaiming()
            try await eventually { try await world.attemptStates(invoice) == "cancelled declined succeeded" }
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a due that comes while a person pays waits, and ends when the person has paid")
    func dueWhilePaying() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.fault(
                #"{"kind":"latency","path":"/v1/payment_intents","times":1,"delay_ms":600}"#)
            try await world.parts.executor.start()
            let card = try await world.cardToken("4242424242424242")
            async let paid = world.payByLink(invoice, card: card)
            try await eventually { try await world.attemptStates(invoice) == "in_flight" }
            try await world.accept([world.due(invoice)])
            #expect(try await world.planState(invoice) == "waiting/0/1")
            #expect(try await paid == "succeeded")
            #expect(try await world.planState(invoice) == "cancelled/0/2")
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "money recorded by hand settles the invoice, repeats change nothing, and less than was collected is refused"
    )
    func byHand() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 5)
            let invoice = try await world.issue(5000)
            func record(_ minor: Int64?) async throws {
                _ = try await world.pool.transaction {
                    [parts = world.parts, organization = world.organizationID] tx in
                    try parts.record(receivedMinor: minor, of: invoice, for: organization, in: tx)
                }
            }
            try await record(2000)
            try await record(2000)
            #expect(
                try await world.scalar("SELECT collected FROM payables WHERE invoice_id = $1", invoice)
                    == "2000")
            await #expect(throws: (any Error).self) { try await record(1999) }
            await #expect(throws: (any Error).self) { try await record(5001) }
            try await record(nil)
            #expect(
                try await world.scalar("SELECT collected FROM payables WHERE invoice_id = $1", invoice)
                    == "5000")
            #expect(try await world.planState(invoice) == "cancelled/0/2")
            #expect(try await world.published().filter { $0 == "payment.succeeded.v1" }.count == 2)
            #expect(try await world.violations() == [])
        }
    }

    @Test("links that are revoked, expired or of a paid invoice do not charge")
    func deadLinks() async throws {
        try await PaymentWorld.with { world in
            let invoice = try await world.issue(5000)
            try await world.parts.executor.start()
            let card = try await world.cardToken("4242424242424242")
            var wish = StartPayment.Wish(
                invoiceID: invoice, source: .link, linkGeneration: 7, accountID: nil, card: .handedOver(card))
            await #expect(throws: (any Error).self) { try await world.parts.desk.pay(wish, claim: .none) }
            wish = world.wish(invoice, card: card)
            world.clock.advance(by: .seconds(86_400 * 45))
            #expect(try await world.payByLink(invoice, card: card) == "link_expired")
            world.clock.advance(by: .seconds(-86_400 * 45))
            #expect(try await world.payByLink(invoice, card: card) == "succeeded")
            #expect(try await world.payByLink(invoice, card: card) == "invoice_paid")
            #expect(try await world.ledger(invoice).captures == 1)
        }
    }
}
