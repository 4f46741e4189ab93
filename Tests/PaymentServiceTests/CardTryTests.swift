import EventContracts
import HTTPServer
import Lifecycle
import PaymentDomain
import Postgres
import Primitives
import ServiceKit
import TestKit
import Testing

@testable import PaymentService

@Suite("A refused card is tried no more often than its network allows", .timeLimit(.minutes(10)))
struct CardTryTests {
    private static let day = Duration.seconds(86_400)

    /// Lets the bank refuse a card from now on, or no longer.
    private static func decline(_ code: String?, _ world: PaymentWorld) async throws {
        let reference = try await world.scalar("SELECT reference FROM payment_methods")
        let order = code.map { #", "decline_code": "\#($0)""# } ?? ""
        _ = try await world.post(
            "/_control/declines", Array(#"{"payment_method": "\#(reference)"\#(order)}"#.utf8),
            key: "sk_test_1")
    }

    /// Refusals of the past, which were booked when they came.
    private static func refuse(times: Int, at moment: Instant, _ world: PaymentWorld) async throws {
        let organization = world.organizationID
        try await world.pool.transaction { tx in
            try tx.send(
                """
                INSERT INTO attempts (attempt_id, payment_id, number, organization_id, state, amount, currency, gateway_method,
                                      off_session, decline_class, outcome_code, correlation_id, created_at, ended_at)
                SELECT gen_random_uuid(), gen_random_uuid(), 1, $1, 'declined', 100, 'USD', w.reference, true, 'soft',
                       'do_not_honor', gen_random_uuid(), $2, $2
                  FROM payment_methods w, generate_series(1, $3)
                """, [organization, moment, times])
            try tx.send("UPDATE payment_methods SET refused_at = $1", [moment])
        }
    }

    private static func due(_ count: Int, _ world: PaymentWorld) async throws {
        for _ in 0..<count { try await world.accept([world.due(world.issue(5000))]) }
    }

    private static func count(_ condition: String, _ world: PaymentWorld) async throws -> String {
        try await world.scalar("SELECT count(*) FROM attempts WHERE \(condition)")
    }

    private static func payWithSaved(
        _ card: PaymentMethodID, _ world: PaymentWorld
    ) async throws -> String {
        let wish = StartPayment.Wish(
            invoiceID: try await world.issue(900), source: .button, linkGeneration: nil,
            accountID: world.accountID, card: .saved(card))
        do {
            let response = try await world.parts.desk.pay(wish, claim: IdempotencyClaim.none)
            return try JSONDocument(parsing: response.body).root["state"]?.string ?? "?"
        } catch let problem as Problem {
            return problem.code
        }
    }

    @Test(
        "what goes beyond waits for the day on which it is allowed, on the same step, and is charged then",
        arguments: [("4242424242424242", 15, 30), ("5555555555554444", 10, 1)])
    func putOff(number: String, cap: Int, days: Int) async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate(card: number)
            try await Self.decline("do_not_honor", world)
            try await Self.due(cap + 3, world)
            try await world.startExecutorOnce()
            try await eventually {
                try await Self.count("state = 'declined'", world) == "\(cap)"
            }
            try await eventually {
                world.clock.advance(by: .milliseconds(500))
                return try await Self.count("state IN ('ready', 'in_flight')", world) == "0"
            }
            #expect(try await Self.count("state = 'declined'", world) == "\(cap)")
            #expect(try await Self.count("state = 'cancelled' AND sends = 0", world) == "3")
            let day = Zone.utc.date(at: world.clock.now()).adding(days: days)
            #expect(
                try await world.scalar(
                    """
                    SELECT count(*) || ' ' || min(charge_on) || ' ' || max(step) FROM plans
                     WHERE state = 'planned' AND reason = 'card_network_limit'
                    """) == "3 \(day) 0")
            #expect(try await Self.payWithSaved(card, world) == "card_network_limit")
            try await Self.decline(nil, world)
            world.clock.advance(by: Self.day * days + .seconds(7_200))
            let invoice = try await world.pool.transaction { tx in
                try tx.query(
                    "SELECT invoice_id FROM plans WHERE reason = 'card_network_limit' LIMIT 1"
                ).scalar(as: InvoiceID.self)
            }
            guard let invoice else { throw TestFailure(description: "nothing waits") }
            try await world.accept([world.due(invoice)])
            try await eventually { try await world.attemptStates(invoice) == "cancelled succeeded" }
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("two claims at once give away no more tries than there are, and what is under way counts")
    func atOnce() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            try await Self.refuse(times: 12, at: world.clock.now() - Self.day * 3, world)
            try await Self.due(12, world)
            let claim: @Sendable () async throws -> Int = { [pool = world.pool, parts = world.parts] in
                try await pool.transaction { tx in
                    try parts.claim(
                        limit: 4, perOrganization: 4, after: OrganizationID(RawID(high: 0, low: 0)), in: tx
                    )?.claimed.count ?? 0
                }
            }
            async let first = claim()
            async let second = claim()
            let claimed = try await (first, second)
            #expect(claimed.0 + claimed.1 == 3)
            #expect(try await claim() == 0)
            #expect(try await Self.count("state = 'in_flight'", world) == "3")
            #expect(try await Self.count("state = 'ready'", world) == "9")
        }
    }

    @Test("a card that is lost is tried again by nobody, until its network has replaced it")
    func forbidden() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate()
            try await Self.decline("lost_card", world)
            try await Self.due(1, world)
            try await world.startExecutorOnce()
            try await eventually { try await Self.count("state = 'declined'", world) == "1" }
            try await Self.decline(nil, world)
            // Another permission of the payer names the same card.
            let invoice = try await world.issue(800)
            try await world.set(.invoice(invoice), to: .active, card: card)
            try await world.accept([world.due(invoice)])
            try await eventually { try await world.attemptStates(invoice) == "declined" }
            #expect(try await world.plans(invoice) == "failed/card_refused_for_good")
            #expect(try await world.ledger(invoice).captures == 0)
            #expect(
                try await world.scalar("SELECT bool_and(status = 'needs_update') FROM mandates") == "true")
            #expect(try await Self.payWithSaved(card, world) == "card_refused_for_good")
            let replaced = try await world.pool.transaction { tx in
                let stored = try tx.query("SELECT reference FROM payment_methods").scalar(as: String.self)
                return try PaymentMethodStore.update(
                    GatewayCard(
                        reference: stored ?? "", brand: "visa", last4: "0077", expiryYear: 2033,
                        expiryMonth: 1),
                    gatewayAccount: SaveCard.platformAccount, in: tx)
            }
            #expect(replaced != nil)
            #expect(try await Self.payWithSaved(card, world) == "succeeded")
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "where the payer's next card may stand in it does, and the one that was refused too often is not asked"
    )
    func nextCard() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(allowsFallback: true)
            let asked = world.clock.now() - Self.day * 3
            try await Self.refuse(times: 15, at: asked, world)
            _ = try await world.saveCard("4000056655665556")
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            try await world.startExecutorOnce()
            try await eventually { try await world.attemptStates(invoice) == "declined succeeded" }
            #expect(try await world.tried(invoice) == "4242:declined 5556:succeeded")
            // What was not asked does not count: once the others are old enough nothing is left.
            let allowance = try await world.pool.transaction { tx in
                let card = try tx.query(
                    "SELECT reference FROM payment_methods WHERE refused_at IS NOT NULL"
                ).scalar(as: String.self)
                let free = asked + Self.day * 30
                return try CardTryStore.lock(Set([card].compactMap { $0 }), now: free, in: tx).values.first
            }
            #expect(allowance == .tries(15))
        }
    }

    @Test("a payer who did not confirm was not refused")
    func unconfirmed() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(card: "4000002760003184")
            try await Self.due(1, world)
            try await world.startExecutorOnce()
            try await eventually { try await Self.count("state = 'requires_action'", world) == "1" }
            let sweeper = world.parts.sweeper.loop()
            try await sweeper.start()
            try await eventually {
                world.clock.advance(by: .seconds(600))
                return try await Self.count("state = 'declined'", world) == "1"
            }
            await sweeper.stop()
            #expect(try await world.scalar("SELECT refused_at IS NULL FROM payment_methods") == "true")
        }
    }

    @Test("a standing order waits for the day as well, or for another card")
    func orders() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(2_500)
            try await Self.refuse(times: 15, at: world.clock.now() - Self.day * 10, world)
            try await world.take([world.orderDue(order)])
            let claimed = try await world.pool.transaction { [parts = world.parts] tx in
                try parts.payOrders.claim(upTo: 64, in: tx)
            }
            #expect(claimed.isEmpty)
            #expect(try await world.days(order) == "due/2500/card_network_limit")
            #expect(
                try await world.scalar("SELECT next_at FROM standing_order_payments")
                    == world.scalar("SELECT refused_at + interval '30 days' FROM payment_methods"))
            world.clock.advance(by: Self.day * 20)
            try await world.payOrders()
            #expect(try await world.days(order) == "collected/2500")
        }
    }

    @Test("a standing order whose card is lost fails and says so")
    func ordersForbidden() async throws {
        try await PaymentWorld.with { world in
            let order = try await world.order(2_500)
            try await world.pool.transaction { tx in
                try tx.send("UPDATE payment_methods SET forbidden_code = 'stolen_card'", [])
            }
            try await world.take([world.orderDue(order)])
            try await world.payOrders()
            #expect(try await world.days(order) == "failed/2500/card_refused_for_good")
            #expect(try await world.scalar("SELECT status FROM standing_orders") == "needs_attention")
            #expect(try await world.capturedByOrders() == "0")
        }
    }
}
