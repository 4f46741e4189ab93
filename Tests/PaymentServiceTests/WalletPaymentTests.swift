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

@Suite("Paying from a wallet", .timeLimit(.minutes(10)))
struct WalletPaymentTests {
    private static let good = "4242424242424242"
    private static let declining = "4000000000000002"

    /// Pays by button and returns the state of the attempt afterwards, or the problem's code.
    private func pay(
        _ invoice: InvoiceID, _ payWith: PayWith, card: String? = nil, in world: PaymentWorld
    ) async throws -> String {
        var token: String?
        if let card { token = try await world.cardToken(card) }
        return await send(invoice, payWith, token: token, in: world)
    }

    private func send(
        _ invoice: InvoiceID, _ payWith: PayWith, token: String?, in world: PaymentWorld
    ) async -> String {
        do {
            let wish = StartPayment.Wish(
                invoiceID: invoice, source: .button, linkGeneration: nil, accountID: world.accountID,
                card: token.map { .handedOver($0) }, payWith: payWith)
            let response = try await world.parts.desk.pay(wish, claim: .none)
            return try JSONDocument(parsing: response.body).root["state"]?.string ?? "?"
        } catch let problem as Problem {
            return problem.code
        } catch {
            return "\(error)"
        }
    }

    /// Only books it, without waiting for the invoice service.
    private func start(_ invoice: InvoiceID, in world: PaymentWorld) async -> String {
        let wish = StartPayment.Wish(
            invoiceID: invoice, source: .button, linkGeneration: nil, accountID: world.accountID, card: nil,
            payWith: .wallet)
        do {
            return try await world.pool.transaction { [start = world.parts.desk.start] tx in
                try start(wish, in: tx).needsCard ? "in_flight" : "succeeded"
            }
        } catch let problem as Problem {
            return problem.code
        } catch {
            return "\(error)"
        }
    }

    private func tenders(in world: PaymentWorld) async throws -> [[String]] {
        try await world.pool.transaction { tx in
            try tx.query("SELECT body FROM events WHERE type = 'payment.succeeded.v1' ORDER BY id")
                .column(0, as: [UInt8].self)
        }.map { body in
            let succeeded = try JSON.decode(
                PaymentSucceeded.self, from: try EventEnvelope(parsing: body).data)
            return succeeded.payment.tenders.map { "\($0.kind.rawValue) \($0.amountMinor)" }
        }
    }

    @Test("a wallet that suffices pays at once, without the gateway")
    func walletAlone() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.filledWallet(5000)
            let invoice = try await world.issue(3000)
            #expect(try await pay(invoice, .wallet, in: world) == "succeeded")
            #expect(try await world.standing(wallet) == "2000/0")
            #expect(try await world.ledger(invoice).captures == 0)
            #expect(try await tenders(in: world).last == ["wallet 3000"])
            #expect(try await pay(invoice, .wallet, in: world) == "invoice_paid")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a wallet that does not suffice pays nothing, or its part and a card the rest")
    func walletThenCard() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.filledWallet(1200)
            let invoice = try await world.issue(3000)
            #expect(try await pay(invoice, .wallet, in: world) == "insufficient_balance")
            #expect(try await world.standing(wallet) == "1200/0")
            #expect(try await pay(invoice, .walletThenCard, card: Self.good, in: world) == "succeeded")
            #expect(try await world.standing(wallet) == "0/0")
            #expect(try await world.ledger(invoice).captured == 1800)
            #expect(try await tenders(in: world).last == ["card 1800", "wallet 1200"])
            #expect(
                try await world.scalar("SELECT collected FROM payables WHERE invoice_id = $1", invoice)
                    == "3000")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a card that declines lets go of what the wallet held")
    func declineReleases() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.filledWallet(1200)
            let invoice = try await world.issue(3000)
            let code = try await pay(invoice, .walletThenCard, card: Self.declining, in: world)
            #expect(code == "payment_declined")
            #expect(try await world.standing(wallet) == "1200/0")
            #expect(try await world.violations() == [])
        }
    }

    @Test("while an answer is lost the part stays held, and what becomes of it books it or lets it go")
    func lostAnswer() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.filledWallet(1200)
            let invoice = try await world.issue(3000)
            try await world.fault(
                #"{"kind":"late_answer","path":"/v1/payment_intents","times":1,"delay_ms":2500}"#)
            let state = try await pay(invoice, .walletThenCard, card: Self.good, in: world)
            #expect(state == "processing")
            #expect(try await world.standing(wallet) == "1200/1200")
            let other = try await world.issue(100)
            #expect(try await pay(other, .wallet, in: world) == "insufficient_balance")
            #expect(try await world.violations() == [])
            let sweeper = world.parts.sweeper.loop()
            try await sweeper.start()
            world.clock.advance(by: .seconds(2))
            try await eventually { try await world.attemptStates(invoice) == "succeeded" }
            await sweeper.stop()
            #expect(try await world.standing(wallet) == "0/0")
            #expect(try await world.ledger(invoice).captured == 1800)
            #expect(try await world.violations() == [])
        }
    }

    @Test("fifty payments at once take no more than is there")
    func concurrent() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.filledWallet(1000)
            var invoices: [InvoiceID] = []
            for _ in 1...50 { invoices.append(try await world.issue(100)) }
            let outcomes = await withTaskGroup(of: String.self) { group in
                for invoice in invoices {
                    group.addTask { await start(invoice, in: world) }
                }
                return await group.reduce(into: [:]) { $0[$1, default: 0] += 1 }
            }
            #expect(outcomes == ["succeeded": 10, "insufficient_balance": 40])
            #expect(try await world.standing(wallet) == "0/0")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a wallet is not filled from a wallet")
    func circular() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.filledWallet(1000)
            let invoice = try await world.topUp(wallet, 500)
            #expect(try await pay(invoice, .wallet, in: world) == "wallet_top_up")
            #expect(try await world.standing(wallet) == "1000/0")
        }
    }

    @Test(
        "an automatic payment uses wallet and card as the payer said",
        arguments: [
            (PayWith.wallet, Int64(5000), "succeeded", Int64(0), "2000/0"),
            (.walletThenCard, 5000, "succeeded", 0, "2000/0"),
            (.walletThenCard, 1200, "succeeded", 1800, "0/0"), (.card, 5000, "succeeded", 3000, "5000/0"),
            (.wallet, 1200, "declined", 0, "1200/0"),
        ])
    func automatic(
        payWith: PayWith, filled: Int64, state: String, captured: Int64, standing: String
    ) async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.filledWallet(filled)
            try await world.mandate(payWith: payWith)
            let invoice = try await world.issue(3000)
            try await world.accept([world.due(invoice)])
            try await world.parts.executor.startClaiming()
            try await eventually { try await world.attemptStates(invoice) == state }
            #expect(try await world.ledger(invoice).captured == captured)
            #expect(try await world.standing(wallet) == standing)
            // What a wallet cannot pay today the ladder tries again.
            #expect(
                try await world.planState(invoice).hasPrefix(state == "declined" ? "planned/1" : "collected"))
            #expect(try await world.violations() == [])
        }
    }

    @Test("what is credited goes back to the card first, as far as it paid, and the rest to the wallet")
    func givenBack() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.filledWallet(1200)
            let invoice = try await world.issue(3000)
            #expect(try await pay(invoice, .walletThenCard, card: Self.good, in: world) == "succeeded")
            for (sequence, credited, back) in [
                (Int64(3), Int64(1000), "card 1000"), (4, 2500, "card 1000, card 800, wallet 700"),
                (5, 3000, "card 1000, card 800, wallet 700, wallet 500"),
            ] {
                var snapshot = world.snapshot(invoice, total: 3000)
                snapshot.amountCreditedMinor = credited
                let event = try world.received(
                    InvoiceMarkedUncollectible(invoice: snapshot), subject: invoice, sequence: sequence)
                try await world.handle(
                    ProjectInvoice<InvoiceMarkedUncollectible>(project: world.parts.project), [event, event])
                #expect(
                    try await world.scalar(
                        "SELECT string_agg(destination || ' ' || amount, ', ' ORDER BY destination, amount DESC) FROM refunds"
                    )
                        == back)
                #expect(try await world.violations() == [])
            }
            #expect(try await world.standing(wallet) == "1200/0")
        }
    }

    @Test("credit pays the next invoice before any card is planned, and only in its currency")
    func credit() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            try await world.pool.transaction {
                [moveCredit = world.parts.wallets.moveCredit, world] tx in
                for currency in [world.dollar, Currency(code: "EUR") ?? world.dollar] {
                    try moveCredit.add(
                        Money(minorUnits: 2500, currency: currency), to: world.customerID,
                        at: world.organizationID, .surplus, invoice: nil,
                        cause: EventCause(traceparent: nil, clockTime: world.clock.now()), in: tx)
                }
            }
            let settled = try await world.issue(1000)
            #expect(try await world.planState(settled) == "-")
            let partly = try await world.issue(4000)
            #expect(try await world.planState(partly) == "planned/0/1")
            #expect(
                try await world.scalar("SELECT collected FROM payables WHERE invoice_id = $1", partly)
                    == "1500")
            #expect(try await tenders(in: world) == [["credit 1000"], ["credit 1500"]])
            #expect(
                try await world.scalar(
                    "SELECT string_agg(currency || balance, ' ' ORDER BY currency) FROM credits")
                    == "EUR2500 USD0")
            #expect(try await world.violations() == [])
        }
    }
}
