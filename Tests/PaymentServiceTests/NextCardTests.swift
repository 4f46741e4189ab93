import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("A payer's next card stands in for one that was refused", .timeLimit(.minutes(10)))
struct NextCardTests {
    private static let cards = PaymentWorld.cards
    private static let refusal = GatewayOutcome.refused(
        Decline(.insufficient, code: "insufficient_funds"), reference: nil)

    @Test(
        "at once, as the next attempt of the same payment; a card that is lost is left for good",
        arguments: [("insufficient_funds", "active 4242"), ("lost_card", "active 5556")])
    func standsIn(code: String, mandate: String) async throws {
        try await PaymentWorld.with { world in
            let first = try await world.mandate(allowsFallback: true)
            _ = try await world.saveCard(Self.cards.debit)
            try await world.refuse(first, code)
            let invoice = try await world.issue(5000)
            let due = try await world.due(invoice)
            try await world.charge(invoice, until: "4242:declined 5556:succeeded")
            try await world.accept([due])
            #expect(try await world.tried(invoice) == "4242:declined 5556:succeeded")
            #expect(try await world.scalar("SELECT count(*) FROM payments") == "1")
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.planState(invoice) == "collected/0/1")
            #expect(try await world.mandateState() == mandate)
            #expect(try await world.published().filter { $0 == "payment.failed.v1" }.count == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "in the payer's order, each once a day; then the ladder goes on, and begins with the mandate's card")
    func order() async throws {
        try await PaymentWorld.with { world in
            let visa = try await world.mandate(allowsFallback: true)
            let debit = try await world.saveCard(Self.cards.debit)
            let master = try await world.saveCard(Self.cards.master)
            let isOrdered = try await world.pool.transaction { [account = world.accountID] tx in
                let isPart = try PaymentMethodStore.order([master, debit], of: account, in: tx)
                let isRepeated = try PaymentMethodStore.order([master, debit, debit], of: account, in: tx)
                return try !isPart && !isRepeated
                    && PaymentMethodStore.order([master, visa, debit], of: account, in: tx)
            }
            #expect(isOrdered)
            for card in [visa, debit, master] { try await world.refuse(card, "insufficient_funds") }
            let invoice = try await world.issue(5000)
            let first = "4242:declined 4444:declined 5556:declined"
            try await world.charge(invoice, until: first)
            #expect(try await world.planState(invoice) == "planned/1/2")
            try await world.refuse(debit, nil)
            world.clock.advance(by: .seconds(2 * 86_400))
            let second = first + " 4242:declined 4444:declined 5556:succeeded"
            try await world.charge(invoice, until: second)
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.mandateState() == "active 4242")
            #expect(try await world.violations() == [])
        }
    }

    /// Why no card stands in.
    enum Obstacle: String, CaseIterable {
        case notAllowed, soft, removed, refused, expired, sameCardAgain
    }

    @Test(
        "but not without the payer's permission, after other refusals, or when it cannot work",
        arguments: Obstacle.allCases)
    func notStandingIn(obstacle: Obstacle) async throws {
        try await PaymentWorld.with { world in
            let first = try await world.mandate(allowsFallback: obstacle != .notAllowed)
            let second = try await world.saveCard(
                obstacle == .sameCardAgain ? Self.cards.visa : Self.cards.debit)
            try await world.refuse(first, obstacle == .soft ? "generic_decline" : "insufficient_funds")
            if obstacle == .removed { #expect(try await world.remove(second)) }
            let change =
                switch obstacle {
                case .refused: "refusal = 'lost_card'"
                case .expired: "expiry_year = 2020"
                case .notAllowed, .soft, .removed, .sameCardAgain: "refusal = NULL"
                }
            try await world.pool.transaction { tx in
                try tx.send("UPDATE payment_methods SET \(change) WHERE payment_method_id = $1", [second])
            }
            let invoice = try await world.issue(5000)
            try await world.charge(invoice, until: "4242:declined")
            #expect(try await world.planState(invoice) == "planned/1/2")
            #expect(try await world.violations() == [])
        }
    }

    @Test("and when every card is lost, the charge has failed and the mandate needs another card")
    func allLost() async throws {
        try await PaymentWorld.with { world in
            let first = try await world.mandate(allowsFallback: true)
            let second = try await world.saveCard(Self.cards.debit)
            for card in [first, second] { try await world.refuse(card, "lost_card") }
            let invoice = try await world.issue(5000)
            try await world.charge(invoice, until: "4242:declined 5556:declined")
            #expect(try await world.planState(invoice) == "failed/0/2")
            #expect(try await world.mandateState() == "needs_update 5556")
            #expect(try await world.mandateReasons() == ["next_card", "card_refused"])
            #expect(try await world.violations() == [])
        }
    }

    @Test("one that is lost itself is not tried again, and the mandate's card keeps its ladder")
    func standInLost() async throws {
        try await PaymentWorld.with { world in
            let first = try await world.mandate(allowsFallback: true)
            let second = try await world.saveCard(Self.cards.debit)
            try await world.refuse(first, "insufficient_funds")
            try await world.refuse(second, "stolen_card")
            let invoice = try await world.issue(5000)
            try await world.charge(invoice, until: "4242:declined 5556:declined")
            #expect(try await world.planState(invoice) == "planned/1/2")
            #expect(try await world.mandateState() == "active 4242")
            world.clock.advance(by: .seconds(2 * 86_400))
            try await world.charge(invoice, until: "4242:declined 5556:declined 4242:declined")
            #expect(try await world.planState(invoice) == "planned/2/3")
        }
    }

    @Test("never after an answer that was lost: what became of it is found out, and the ladder goes on")
    func unknown() async throws {
        try await PaymentWorld.with { world in
            let first = try await world.mandate(allowsFallback: true)
            _ = try await world.saveCard(Self.cards.debit)
            try await world.refuse(first, "insufficient_funds")
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            let claimed = try #require(try await world.claimOnly())
            try await world.answer(.lost(reason: "timeout"), to: claimed)
            #expect(try await world.tried(invoice) == "4242:unknown")
            _ = try await world.pool.transaction { [parts = world.parts] tx in
                try parts.notices.answers(
                    .lookedUp(.found(Self.refusal)), to: claimed.call.attemptID, under: nil, in: tx)
            }
            #expect(try await world.tried(invoice) == "4242:declined")
            #expect(try await world.planState(invoice) == "planned/1/2")
            #expect(try await world.violations() == [])
        }
    }

    @Test("never for an invoice that was voided while the first card was asked")
    func voided() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(allowsFallback: true)
            _ = try await world.saveCard(Self.cards.debit)
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            let claimed = try #require(try await world.claimOnly())
            try await world.void(invoice, total: 5000)
            try await world.answer(Self.refusal, to: claimed)
            #expect(try await world.tried(invoice) == "4242:declined")
            #expect(
                try await world.scalar("SELECT count(*) FROM payables WHERE leased_by IS NOT NULL") == "0")
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "once, whether the process dies before or after the refusal is booked, and however often that is told"
    )
    func crash() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            struct Death: Error {}
            let first = try await world.mandate(allowsFallback: true)
            _ = try await world.saveCard(Self.cards.debit)
            try await world.refuse(first, "insufficient_funds")
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            let claimed = try #require(try await world.claimOnly())
            await #expect(throws: Death.self) {
                try await world.pool.transaction { [parts = world.parts] tx in
                    try parts.notices.answers(
                        .answered(Self.refusal), to: claimed.call.attemptID, under: claimed.token, in: tx)
                    throw Death()
                }
            }
            #expect(try await world.attemptStates(invoice) == "in_flight")
            for _ in 0..<3 { try await world.answer(Self.refusal, to: claimed) }
            #expect(try await world.attemptStates(invoice) == "declined ready")
            #expect(try await world.planState(invoice) == "charging/0/1")
            #expect(try await world.violations() == [])
            // The first sender's request arrives after all, and the gateway tells of it.
            let call = claimed.call
            await withCheckedContinuation { continuation in
                world.parts.sweeper.gateway.charge(call) { _ in continuation.resume() }
            }
            try await world.tell(world.events())
            #expect(try await world.attemptStates(invoice) == "declined ready")
            try await world.startExecutorOnce()
            try await eventually { try await world.attemptStates(invoice) == "declined succeeded" }
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("once, with two executors at work on many invoices")
    func twoExecutors() async throws {
        try await PaymentWorld.with { world in
            let first = try await world.mandate(allowsFallback: true)
            _ = try await world.saveCard(Self.cards.debit)
            try await world.refuse(first, "insufficient_funds")
            var invoices: [InvoiceID] = []
            var dues: [Received<ChargeDue>] = []
            for _ in 0..<40 {
                let invoice = try await world.issue(300)
                invoices.append(invoice)
                dues.append(try await world.due(invoice))
            }
            try await world.accept(dues + dues)
            let other = PaymentComposition(context: world.parts.context, settings: world.parts.settings)
            try await other.charges.start()
            try await other.executor.start()
            try await world.startExecutorOnce()
            try await eventually {
                // More than the card's network might refuse are not under way at once.
                world.clock.advance(by: .milliseconds(50))
                return try await world.scalar("SELECT count(*) FROM payables WHERE collected = 300") == "40"
            }
            await other.executor.stop()
            await other.charges.stop()
            for invoice in invoices {
                #expect(try await world.tried(invoice) == "4242:declined 5556:succeeded")
                #expect(try await world.ledger(invoice).captures == 1)
            }
            #expect(try await world.violations() == [])
        }
    }

    @Test("unless the payer pays by hand in that moment; the plan keeps to its ladder then")
    func replaced() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(allowsFallback: true)
            _ = try await world.saveCard(Self.cards.debit)
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            let claimed = try #require(try await world.claimOnly())
            try await world.answer(Self.refusal, to: claimed)
            try await world.parts.executor.startBooking()
            #expect(
                try await world.payByLink(invoice, card: world.cardToken("4000000000000002"))
                    == "payment_declined")
            #expect(try await world.attemptStates(invoice) == "declined declined cancelled")
            #expect(try await world.planState(invoice) == "planned/1/2")
            #expect(
                try await world.payByLink(invoice, card: world.cardToken(Self.cards.master)) == "succeeded")
            #expect(try await world.planState(invoice) == "cancelled/1/3")
            #expect(try await world.violations() == [])
        }
    }

    @Test("unless it is removed before it is asked; the plan keeps to its ladder then")
    func removedMeanwhile() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(allowsFallback: true)
            let second = try await world.saveCard(Self.cards.debit)
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            let claimed = try #require(try await world.claimOnly())
            try await world.answer(Self.refusal, to: claimed)
            #expect(try await world.remove(second))
            try await world.startExecutorOnce()
            try await eventually { try await world.attemptStates(invoice) == "declined declined" }
            #expect(try await world.planState(invoice) == "planned/1/2")
            #expect(try await world.ledger(invoice).captures == 0)
            #expect(try await world.violations() == [])
        }
    }

    @Test("for the part that a wallet leaves, which is held for it as it was for the first")
    func beside() async throws {
        try await PaymentWorld.with { world in
            try await world.startExecutorOnce()
            let wallet = try await world.filledWallet(2_000)
            let first = try await world.mandate(payWith: .walletThenCard, allowsFallback: true)
            _ = try await world.saveCard(Self.cards.debit)
            try await world.refuse(first, "insufficient_funds")
            let invoice = try await world.issue(5_000)
            try await world.charge(invoice, until: "4242:declined 5556:succeeded")
            #expect(try await world.standing(wallet) == "0/0")
            #expect(try await world.ledger(invoice).captured == 3_000)
            #expect(try await world.collected(invoice) == "5000")
            #expect(try await world.violations() == [])
        }
    }

    @Test("part by part of an invoice in parts, beside the plan of the next that waits")
    func parts() async throws {
        try await PaymentWorld.with { world in
            let first = try await world.mandate(allowsFallback: true)
            _ = try await world.saveCard(Self.cards.debit)
            try await world.refuse(first, "insufficient_funds")
            let invoice = try await world.issue(1_000, parts: [600, 400])
            try await world.accept([world.due(invoice, part: 1), world.due(invoice, part: 2)])
            #expect(try await world.planState(invoice) == "charging/0/1 waiting/0/1")
            try await world.startExecutorOnce()
            try await eventually { try await world.planState(invoice) == "collected/0/1 collected/0/1" }
            #expect(try await world.ledger(invoice).captured == 1_000)
            #expect(try await world.scalar("SELECT count(*) FROM attempts WHERE state = 'succeeded'") == "2")
            #expect(try await world.violations() == [])
        }
    }
}
