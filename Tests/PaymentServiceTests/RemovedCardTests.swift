import EventContracts
import Lifecycle
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("A removed card", .timeLimit(.minutes(5)))
struct RemovedCardTests {
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
