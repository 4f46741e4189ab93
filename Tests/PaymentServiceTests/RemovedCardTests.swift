import EventContracts
import HTTPServer
import Lifecycle
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("A removed card", .timeLimit(.minutes(10)))
struct RemovedCardTests {
    @Test("a permission to take from the wallet alone needs no card")
    func walletOnly() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate(payWith: .wallet)
            #expect(try await world.remove(card))
            #expect(try await world.mandateState() == "active 4242")
        }
    }

    @Test("a permission that rests, rests on without its card, and goes on only with another")
    func paused() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate(allowsFallback: true)
            func change(to status: Mandate.Status) async throws -> String {
                do {
                    return try await world.pool.transaction {
                        [parts = world.parts, account = world.accountID, sender = world.organizationID.raw] tx
                        in
                        try parts.mandates.change(to: status, in: tx) { tx in
                            try MandateStore.find(of: account, covering: sender, in: tx)
                        }.stored.mandate.status.rawValue
                    }
                } catch let problem as Problem {
                    return problem.code
                }
            }
            #expect(try await change(to: .paused) == "paused")
            #expect(try await world.remove(card))
            #expect(try await world.mandateState() == "paused 4242")
            #expect(try await change(to: .active) == "card_removed")
            _ = try await world.saveCard(PaymentWorld.cards.debit)
            #expect(try await world.mandateState() == "paused 5556")
            #expect(try await change(to: .active) == "active")
        }
    }

    @Test("no permission holds with a card that is removed at the same moment")
    func atOnce() async throws {
        try await PaymentWorld.with { world in
            for _ in 0..<8 {
                let card = try await world.mandate()
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<3 {
                        group.addTask {
                            do {
                                try await world.assign(card)
                            } catch is InvalidFields {
                                // The card was gone before.
                            }
                        }
                    }
                    group.addTask { _ = try await world.remove(card) }
                    try await group.waitForAll()
                }
                let broken = try await world.scalar(
                    """
                    SELECT count(*) FROM mandates m JOIN payment_methods w ON w.payment_method_id = m.payment_method_id
                     WHERE m.status = 'active' AND w.is_removed
                    """)
                #expect(broken == "0")
            }
        }
    }

    @Test(
        "leaves its mandates to the next one, or they wait for another",
        arguments: [true, false])
    func removal(allowsFallback: Bool) async throws {
        try await PaymentWorld.with { world in
            let first = try await world.mandate(days: 3, allowsFallback: allowsFallback)
            _ = try await world.saveCard(PaymentWorld.cards.debit)
            let planned = try await world.issue(100)
            let ready = try await world.issue(200)
            try await world.accept([world.due(ready)])
            #expect(try await world.remove(first))
            #expect(try await !world.remove(first))
            if allowsFallback {
                #expect(try await world.mandateState() == "active 5556")
                #expect(try await world.mandateReasons() == ["next_card"])
                #expect(try await world.planState(planned) == "planned/0/1")
                try await world.startExecutorOnce()
                try await eventually { try await world.tried(ready) == "5556:succeeded" }
            } else {
                #expect(try await world.mandateState() == "needs_update 4242")
                #expect(try await world.mandateReasons() == ["card_removed"])
                #expect(try await world.planState(planned) == "cancelled/0/2")
                #expect(try await world.attemptStates(ready) == "cancelled")
                try await world.mandate(card: PaymentWorld.cards.master, days: 3)
                #expect(try await world.mandateState() == "active 4444")
                #expect(try await world.planState(planned) == "planned/0/3")
                #expect(try await world.planState(ready) == "planned/0/3")
            }
            #expect(try await world.violations() == [])
        }
    }

    @Test("is taken from the gateway as well, also when that fails at first, and is gone for other replicas")
    func taken() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.savedCard()
            let kept = try await world.saveCard(PaymentWorld.cards.debit)
            #expect(try await world.isAttached(card))
            #expect(try await world.remove(card))
            try await world.fault(#"{"kind":"error_before","path":"/v1/payment_methods","times":2}"#)
            try await world.takeRemovedCards()
            #expect(try await !world.isAttached(card))
            #expect(try await world.isAttached(kept))
            // The gateway forgot it already: that is no failure.
            try await world.pool.transaction { [now = world.clock.now()] tx in
                try tx.send("UPDATE payment_methods SET detach_at = $1 WHERE is_removed", [now])
            }
            try await world.takeRemovedCards()
        }
    }

    @Test("stays there while a charge with it is under way, because a look-up may have to repeat it")
    func underWay() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate()
            let invoice = try await world.issue(5_000)
            try await world.accept([world.due(invoice)])
            let claimed = try #require(try await world.claimOnly())
            try await world.answer(.lost(reason: "timeout"), to: claimed)
            #expect(try await world.remove(card))
            let loop = world.parts.removedCards.loop()
            let sweeper = world.parts.sweeper.loop()
            try await loop.start()
            try await sweeper.start()
            try await eventually {
                world.clock.advance(by: .milliseconds(200))
                return try await world.attemptStates(invoice) == "succeeded"
            }
            await sweeper.stop()
            await loop.stop()
            #expect(try await world.ledger(invoice).captures == 1)
            try await world.takeRemovedCards()
            #expect(try await !world.isAttached(card))
            #expect(try await world.violations() == [])
        }
    }

    @Test("that is saved again before is kept")
    func savedAgain() async throws {
        try await PaymentWorld.with { world in
            let token = try await world.cardToken(PaymentWorld.cards.visa)
            let card = try await world.parts.cards.save(.method(token), for: world.accountID).id
            #expect(try await world.remove(card))
            let again = try await world.parts.cards.save(.method(token), for: world.accountID).id
            #expect(card == again)
            try await world.takeRemovedCards()
            #expect(try await world.isAttached(card))
            #expect(try await world.published().filter { $0 == "payment_method.changed.v1" }.count == 3)
        }
    }
}

extension PaymentWorld {
    /// Whether the gateway keeps the card for somebody.
    fileprivate func isAttached(_ card: PaymentMethodID) async throws -> Bool {
        let reference = try await reference(of: card)
        let root = try JSONDocument(parsing: try await get("/v1/payment_methods/\(reference)")).root
        return root["customer"]?.string != nil
    }

    /// Lets two replicas work until no removed card is left.
    fileprivate func takeRemovedCards() async throws {
        let loops = [parts.removedCards.loop(), parts.removedCards.loop()]
        for loop in loops { try await loop.start() }
        let outcome: Result<Void, any Error>
        do {
            try await eventually("no removed card at the gateway") {
                clock.advance(by: .milliseconds(500))
                return try await scalar("SELECT count(*) FROM payment_methods WHERE detach_at IS NOT NULL")
                    == "0"
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        for loop in loops { await loop.stop() }
        try outcome.get()
    }
}
