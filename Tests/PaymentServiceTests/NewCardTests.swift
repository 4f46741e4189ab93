import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("A card that is new or works again", .timeLimit(.minutes(10)))
struct NewCardTests {
    private static let cards = PaymentWorld.cards
    private static let alwaysRefused = "4000000000000341"

    private static func updated(_ reference: String, _ event: String, year: Int = 2035) -> [UInt8] {
        let card = #"{"brand":"visa","last4":"1881","exp_month":3,"exp_year":\#(year)}"#
        return Array(
            """
            {"id":"\(event)","type":"payment_method.automatically_updated",
             "data":{"object":{"id":"\(reference)","object":"payment_method","card":\(card)}}}
            """.utf8)
    }

    @Test("is tried at once for a charge that waits for another day")
    func tried() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(card: Self.alwaysRefused, allowsFallback: true)
            let invoice = try await world.issue(5000)
            try await world.charge(invoice, until: "0341:declined")
            let due = try await world.due(invoice)
            _ = try await world.saveCard(Self.cards.visa)
            try await eventually { try await world.tried(invoice) == "0341:declined 4242:succeeded" }
            world.clock.advance(by: .seconds(2 * 86_400))
            try await world.accept([due])
            #expect(try await world.tried(invoice) == "0341:declined 4242:succeeded")
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.planState(invoice) == "collected/1/2")
            #expect(try await world.violations() == [])
        }
    }

    @Test("does not cost a step of the ladder when it is refused, nor bring another card to its turn")
    func doesNotCount() async throws {
        try await PaymentWorld.with { world in
            let first = try await world.mandate(allowsFallback: true)
            try await world.refuse(first, "insufficient_funds")
            let invoice = try await world.issue(5000)
            try await world.charge(invoice, until: "4242:declined")
            let day = "SELECT charge_on FROM plans WHERE invoice_id = $1"
            let before = try await world.scalar(day, invoice)
            let old = try await world.due(invoice)
            _ = try await world.saveCard(Self.alwaysRefused)
            let after = "4242:declined 0341:declined"
            try await eventually { try await world.tried(invoice) == after }
            try await eventually { try await world.planState(invoice) == "planned/1/3" }
            #expect(try await world.scalar(day, invoice) == before)
            try await world.accept([old])
            #expect(try await world.tried(invoice) == after)
            world.clock.advance(by: .seconds(2 * 86_400))
            try await world.charge(invoice, until: after + " 4242:declined 0341:declined")
            #expect(try await world.planState(invoice) == "planned/2/4")
            #expect(try await world.violations() == [])
        }
    }

    @Test("is tried once, also when it is saved many times at once, or again under another name")
    func once() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(card: Self.alwaysRefused, allowsFallback: true)
            let invoice = try await world.issue(5000)
            try await world.charge(invoice, until: "0341:declined")
            let token = try await world.cardToken(Self.cards.debit)
            try await world.order(
                "/_control/declines", #"{"payment_method":"\#(token)","decline_code":"generic_decline"}"#)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<5 {
                    group.addTask {
                        _ = try await world.parts.cards.save(.method(token), for: world.accountID)
                    }
                }
                try await group.waitForAll()
            }
            try await eventually { try await world.planState(invoice) == "planned/1/3" }
            _ = try await world.saveCard(Self.cards.debit)
            #expect(try await world.attemptStates(invoice) == "declined declined")
            #expect(try await world.scalar("SELECT count(*) FROM attempts WHERE state = 'ready'") == "0")
            #expect(try await world.violations() == [])
        }
    }

    @Test("is not tried for a mandate that does not let it stand in, until the mandate has it, and then once")
    func assigned() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(card: Self.alwaysRefused)
            let invoice = try await world.issue(5000)
            try await world.charge(invoice, until: "0341:declined")
            let card = try await world.saveCard(Self.cards.debit)
            #expect(try await world.planState(invoice) == "planned/1/2")
            try await world.refuse(card, "generic_decline")
            for _ in 0..<2 { try await world.assign(card) }
            try await eventually { try await world.tried(invoice) == "0341:declined 5556:declined" }
            try await eventually { try await world.planState(invoice) == "planned/1/3" }
            try await world.assign(card)
            #expect(try await world.planState(invoice) == "planned/1/3")
            #expect(try await world.mandateState() == "active 5556")
        }
    }

    @Test("leaves alone what somebody pays at that moment")
    func leased() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(card: Self.alwaysRefused, allowsFallback: true)
            let invoice = try await world.issue(5000)
            try await world.charge(invoice, until: "0341:declined")
            let wish = try await world.wish(invoice, card: world.cardToken(Self.cards.master))
            _ = try await world.pool.transaction { [desk = world.parts.desk] tx in
                try desk.start(wish, in: tx)
            }
            _ = try await world.saveCard(Self.cards.visa)
            #expect(try await world.attemptStates(invoice) == "declined in_flight")
            #expect(try await world.planState(invoice) == "planned/1/2")
        }
    }

    @Test("from the bank sets its mandate right again and is tried once, however often that is told")
    func updatedByNetwork() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            let card = try await world.mandate()
            let reference = try await world.reference(of: card)
            try await world.refuse(card, "generic_decline")
            let waiting = try await world.issue(5000)
            try await world.charge(waiting, until: "4242:declined")
            try await world.refuse(card, "lost_card")
            let failed = try await world.issue(700)
            try await world.charge(failed, until: "4242:declined")
            #expect(try await world.mandateState() == "needs_update 4242")
            #expect(try await world.planState(failed) == "failed/0/2")
            try await world.refuse(card, nil)
            let told = [Self.updated(reference, "evt_1"), Self.updated(reference, "evt_2")]
            try await world.tell(told + told)
            #expect(try await world.mandateState() == "active 1881")
            #expect(try await world.mandateReasons() == ["card_refused", "card_updated"])
            try await eventually { try await world.tried(waiting) == "4242:declined 1881:succeeded" }
            #expect(try await world.planState(failed) == "planned/0/3")
            try await world.charge(failed, until: "4242:declined 1881:succeeded")
            #expect(try await world.scalar("SELECT coalesce(refusal, '-') FROM payment_methods") == "-")
            #expect(try await world.violations() == [])
        }
    }

    @Test("is not kept beside a hundred others, of which each may be saved again")
    func tooMany() async throws {
        try await PaymentWorld.with { world in
            let token = try await world.cardToken(Self.cards.visa)
            let card = try await world.parts.cards.save(.method(token), for: world.accountID).id
            try await world.pool.transaction { tx in
                try tx.send(
                    """
                    INSERT INTO payment_methods (payment_method_id, account_id, gateway_account, gateway_customer, reference,
                                                 brand, last4, expiry_year, expiry_month, created_at)
                    SELECT gen_random_uuid(), account_id, gateway_account, gateway_customer, 'pm_' || n, brand, last4,
                           expiry_year, expiry_month, created_at FROM payment_methods, generate_series(1, 99) n
                    """)
            }
            await #expect(throws: Problem.self) { _ = try await world.saveCard(Self.cards.debit) }
            #expect(try await world.parts.cards.save(.method(token), for: world.accountID).id == card)
            #expect(try await world.scalar("SELECT count(*) FROM payment_methods") == "100")
        }
    }

    @Test("gives mandates that lost theirs a card again, if they let others stand in")
    func revives() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate(days: 3, allowsFallback: true)
            let invoice = try await world.issue(5000)
            #expect(try await world.remove(card))
            #expect(try await world.mandateState() == "needs_update 4242")
            #expect(try await world.planState(invoice) == "cancelled/0/2")
            _ = try await world.saveCard(Self.cards.debit)
            #expect(try await world.mandateState() == "active 5556")
            #expect(try await world.planState(invoice) == "planned/0/3")
            #expect(try await world.mandateReasons() == ["card_removed", "next_card"])
        }
    }
}
