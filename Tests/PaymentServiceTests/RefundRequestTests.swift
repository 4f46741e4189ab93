import EventContracts
import HTTPServer
import Lifecycle
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService
@testable import ServiceKit

@Suite("A sender gives money back, and never more than came", .timeLimit(.minutes(10)))
struct RefundRequestTests {
    /// Asks for a refund and returns its state, or the problem's code.
    private func refund(
        _ minorUnits: Int64?, of invoice: InvoiceID, to destination: GiveBack.Destination?,
        in world: PaymentWorld
    ) async throws -> String {
        let payment = try await world.pool.transaction { tx in
            try tx.query("SELECT payment_id FROM payments WHERE invoice_id = $1", [invoice])
                .scalar(as: PaymentID.self)
        }
        let wish = RequestRefund.Wish(
            paymentID: try #require(payment), organizationID: world.organizationID,
            amount: minorUnits.map { Money(minorUnits: $0, currency: world.dollar) },
            destination: destination, note: "as agreed")
        do {
            return try await world.pool.transaction { [refunds = world.parts.wallets.requestRefund] tx in
                try RefundStore.find(refunds(wish, in: tx), in: tx)?.state ?? "none"
            }
        } catch let problem as Problem {
            return problem.code
        }
    }

    /// An invoice over 30.00 of which the wallet has paid 12.00 and a card the rest.
    private func mixed(_ world: PaymentWorld) async throws -> (InvoiceID, WalletStore.Stored) {
        try await world.parts.executor.startBooking()
        let wallet = try await world.filledWallet(1200)
        let invoice = try await world.issue(3000)
        let card = try await world.cardToken("4242424242424242")
        let wish = StartPayment.Wish(
            invoiceID: invoice, source: .button, linkGeneration: nil, accountID: world.accountID,
            card: .handedOver(card), payWith: .walletThenCard)
        _ = try await world.parts.desk.pay(wish, claim: .none)
        return (invoice, wallet)
    }

    @Test("each destination takes its part, and together they take no more than came")
    func parts() async throws {
        try await PaymentWorld.with { world in
            let (invoice, wallet) = try await mixed(world)
            #expect(try await refund(1801, of: invoice, to: .card, in: world) == "refund_exceeds_card")
            #expect(try await refund(1000, of: invoice, to: .card, in: world) == "ready")
            #expect(try await refund(500, of: invoice, to: .wallet, in: world) == "succeeded")
            #expect(try await refund(300, of: invoice, to: .credit, in: world) == "succeeded")
            #expect(try await refund(1201, of: invoice, to: .credit, in: world) == "refund_exceeds_payment")
            #expect(try await refund(801, of: invoice, to: .card, in: world) == "refund_exceeds_card")
            #expect(try await refund(nil, of: invoice, to: .wallet, in: world) == "succeeded")
            #expect(try await refund(nil, of: invoice, to: nil, in: world) == "refund_exceeds_payment")
            #expect(try await world.standing(wallet) == "1700/0")
            #expect(try await world.scalar("SELECT balance FROM credits") == "300")
            let refunds = world.parts.refunds.loop(wakeup: .init())
            try await refunds.start()
            try await eventually { try await world.ledger(invoice).refunded == 1000 }
            try await eventually {
                try await world.scalar("SELECT count(*) FROM refunds WHERE state <> 'succeeded'") == "0"
            }
            await refunds.stop()
            #expect(
                try await world.scalar("SELECT refunded FROM payables WHERE invoice_id = $1", invoice)
                    == "3000")
            #expect(try await world.published().filter { $0 == "refund.succeeded.v1" }.count == 4)
            #expect(try await world.violations() == [])
        }
    }

    @Test("twenty refunds at once take no more than came")
    func concurrent() async throws {
        try await PaymentWorld.with { world in
            let (invoice, wallet) = try await mixed(world)
            let outcomes = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 1...20 {
                    group.addTask { try await refund(500, of: invoice, to: .wallet, in: world) }
                }
                return try await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(outcomes == ["succeeded": 6, "refund_exceeds_payment": 14])
            #expect(try await world.standing(wallet) == "3000/0")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a top-up can be given back while it is in the wallet, and not into the wallet")
    func topUp() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.openWallet()
            let invoice = try await world.topUp(wallet, 5000)
            let card = try await world.cardToken("4242424242424242")
            #expect(try await world.payByLink(invoice, card: card) == "succeeded")
            #expect(try await refund(100, of: invoice, to: .wallet, in: world) == "wallet_top_up")
            #expect(try await refund(2000, of: invoice, to: .card, in: world) == "ready")
            #expect(try await world.standing(wallet) == "3000/0")
            try await world.pool.transaction {
                [move = world.parts.wallets.moveWallet, clock = world.clock] tx in
                try move.move(
                    -2500, of: wallet.wallet.id, .payment, invoice: invoice,
                    cause: EventCause(traceparent: nil, clockTime: clock.now()), in: tx)
            }
            #expect(try await refund(501, of: invoice, to: .card, in: world) == "wallet_spent")
            #expect(try await refund(500, of: invoice, to: .credit, in: world) == "succeeded")
            #expect(try await world.standing(wallet) == "0/0")
            #expect(try await world.violations() == [])
        }
    }

    @Test("another sender's payment is not there")
    func foreign() async throws {
        try await PaymentWorld.with { world in
            let (invoice, _) = try await mixed(world)
            try await world.pool.transaction { tx in
                try tx.send("UPDATE payments SET organization_id = gen_random_uuid()")
            }
            #expect(try await refund(100, of: invoice, to: .credit, in: world) == "not_found")
            #expect(try await world.scalar("SELECT count(*) FROM refunds") == "0")
        }
    }

    @Test("a wallet that fills itself asks once while one request is open, and again after it was paid")
    func refill() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.filledWallet(5000)
            @Sendable func set() async throws {
                _ = try await world.pool.transaction { [parts = world.parts, clock = world.clock] tx in
                    try SetRefill(clock: clock, requestTopUp: parts.wallets.topUps)(
                        .init(thresholdMinor: 2000, amountMinor: 3000), of: wallet.wallet.id, in: tx)
                }
            }
            await #expect(throws: Problem.self) { try await set() }
            try await world.mandate(days: 9)
            try await set()
            let automatic = "SELECT count(*) FROM top_ups WHERE is_automatic"
            #expect(try await world.scalar(automatic) == "0")
            for (amount, expected) in [(Int64(3000), "0"), (500, "1"), (500, "1")] {
                try await world.pool.transaction {
                    [move = world.parts.wallets.moveWallet, clock = world.clock] tx in
                    try move.move(
                        -amount, of: wallet.wallet.id, .payment, invoice: InvoiceID(.random()),
                        cause: EventCause(traceparent: nil, clockTime: clock.now()), in: tx)
                }
                #expect(try await world.scalar(automatic) == expected)
            }
            // It is charged at once, however many days the payer gives to invoices.
            let requested = try await world.pool.transaction { tx in
                try tx.query("SELECT invoice_id FROM top_ups WHERE is_automatic").scalar(as: InvoiceID.self)
            }
            let invoice = try #require(requested)
            try await world.issue(invoice, toppingUp: wallet.wallet.id, 3000)
            try await world.accept([world.due(invoice)])
            try await world.parts.executor.startClaiming()
            try await eventually { try await world.standing(wallet) == "4000/0" }
            let chargedOn = try await world.scalar(
                "SELECT charge_on FROM plans WHERE invoice_id = $1", invoice)
            #expect(chargedOn == Zone.utc.date(at: world.clock.now()).description)
            #expect(try await world.scalar(automatic + " AND is_open") == "0")
            #expect(try await world.violations() == [])
        }
    }
}
