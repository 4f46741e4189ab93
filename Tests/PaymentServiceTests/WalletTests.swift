import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("Wallets: what is put in and taken back", .timeLimit(.minutes(10)))
struct WalletTests {
    private func note(
        _ invoice: InvoiceID, of wallet: WalletStore.Stored, total: Int64, credited: Int64,
        sequence: Int64 = 3, in world: PaymentWorld
    ) async throws {
        var snapshot = world.snapshot(invoice, total: total)
        snapshot.walletID = wallet.wallet.id
        snapshot.amountCreditedMinor = credited
        let facts = CreditNoteFacts(
            creditNoteID: CreditNoteID.new(at: world.clock.now()), number: "CN-000001", amountMinor: credited,
            taxMinor: 0, settle: "refund", returnedMinor: credited)
        let event = try world.received(
            CreditNoteIssued(invoice: snapshot, creditNote: facts), subject: invoice, sequence: sequence)
        try await world.handle(ProjectInvoice<CreditNoteIssued>(project: world.parts.project), [event])
    }

    @Test("a client has one wallet at a sender in a currency, however often it is opened")
    func oneWallet() async throws {
        try await PaymentWorld.with { world in
            let first = try await world.openWallet()
            let second = try await world.openWallet()
            #expect(first.wallet.id == second.wallet.id)
            #expect(try await world.scalar("SELECT count(*) FROM wallets") == "1")
            #expect(try await world.published().filter { $0 == "wallet.changed.v1" }.count == 1)
        }
    }

    @Test("a top-up asks for one invoice, and what is paid for it is in the wallet and in the books")
    func paidByCard() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.filledWallet(5000)
            #expect(try await world.standing(wallet) == "5000/0")
            #expect(
                try await world.scalar(
                    "SELECT string_agg(debit || '>' || credit || ' ' || amount, ', ' ORDER BY debit) FROM ledger_transfers"
                )
                    == "gateway>sender 5000, sender>wallet 5000")
            let types = try await world.published()
            #expect(types.filter { $0 == "invoice.requested.v1" }.count == 1)
            #expect(types.filter { $0 == "wallet.changed.v1" }.count == 2)
            #expect(try await world.scalar("SELECT bool_or(is_open) FROM top_ups") == "false")
            #expect(try await world.violations() == [])
        }
    }

    @Test("money recorded by hand fills the wallet too, part by part")
    func paidByHand() async throws {
        try await PaymentWorld.with { world in
            let wallet = try await world.openWallet()
            let invoice = try await world.topUp(wallet, 5000)
            for (received, open) in [(Int64(2000), "true"), (5000, "false")] {
                _ = try await world.pool.transaction {
                    [record = world.parts.record, organization = world.organizationID] tx in
                    try record(receivedMinor: received, of: invoice, for: organization, in: tx)
                }
                #expect(try await world.standing(wallet) == "\(received)/0")
                #expect(try await world.scalar("SELECT is_open FROM top_ups") == open)
            }
            #expect(try await world.violations() == [])
        }
    }

    @Test("an invoice that names another sender's wallet, or one in another currency, fills none")
    func foreign() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.openWallet()
            let strangers = [
                "UPDATE wallets SET organization_id = gen_random_uuid()",
                "UPDATE wallets SET currency = 'EUR'",
                "UPDATE wallets SET account_id = gen_random_uuid()",
            ]
            for change in strangers {
                try await world.pool.transaction { tx in
                    try tx.send(change)
                }
                let invoice = InvoiceID.new(at: world.clock.now())
                try await world.issue(invoice, toppingUp: wallet.wallet.id, 700)
                let card = try await world.cardToken("4242424242424242")
                #expect(try await world.payByLink(invoice, card: card) == "succeeded")
                #expect(try await world.standing(wallet) == "0/0")
                try await world.pool.transaction {
                    [organization = world.organizationID, account = world.accountID] tx in
                    try tx.send(
                        "UPDATE wallets SET organization_id = $1, account_id = $2, currency = 'USD'",
                        [organization, account])
                }
            }
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "a credit note takes back what is still there, and never what was spent",
        arguments: [(spent: 0, back: 3000), (spent: 2500, back: 2500), (spent: 5000, back: 0)])
    func takenBack(spent: Int64, back: Int64) async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let wallet = try await world.openWallet()
            let invoice = try await world.topUp(wallet, 5000)
            let card = try await world.cardToken("4242424242424242")
            #expect(try await world.payByLink(invoice, card: card) == "succeeded")
            let other = InvoiceID.new(at: world.clock.now())
            if spent > 0 { try await spend(spent, of: wallet, on: other, in: world) }
            try await note(invoice, of: wallet, total: 5000, credited: 3000, in: world)
            #expect(try await world.standing(wallet) == "\(5000 - spent - back)/0")
            #expect(
                try await world.scalar("SELECT coalesce(sum(amount), 0) FROM refunds") == String(back))
            // What is put in later is not taken for what was spent before.
            _ = try await world.filledWallet(1000)
            try await note(invoice, of: wallet, total: 5000, credited: 3000, sequence: 4, in: world)
            #expect(try await world.standing(wallet) == "\(6000 - spent - back)/0")
            #expect(try await world.violations() == [])
        }
    }

    private func spend(
        _ amount: Int64, of wallet: WalletStore.Stored, on invoice: InvoiceID, in world: PaymentWorld
    ) async throws {
        try await world.pool.transaction {
            [moveWallet = world.parts.wallets.moveWallet, clock = world.clock] tx in
            try moveWallet.move(
                -amount, of: wallet.wallet.id, .payment, invoice: invoice,
                cause: EventCause(traceparent: nil, clockTime: clock.now()), in: tx)
        }
    }

    @Test(
        "a top-up that is paid after it was cancelled leaves nothing in the wallet, and the card gets it back"
    )
    func paidAfterVoid() async throws {
        try await PaymentWorld.with { world in
            let wallet = try await world.openWallet()
            let invoice = try await world.topUp(wallet, 5000)
            try await world.fault(
                #"{"kind":"latency","path":"/v1/payment_intents","times":1,"delay_ms":500}"#)
            try await world.parts.executor.startBooking()
            let card = try await world.cardToken("4242424242424242")
            async let paid = world.payByLink(invoice, card: card)
            try await eventually { try await world.attemptStates(invoice) == "in_flight" }
            try await world.void(invoice, total: 5000)
            #expect(try await world.scalar("SELECT is_open FROM top_ups") == "false")
            #expect(try await paid == "succeeded")
            #expect(try await world.standing(wallet) == "0/0")
            #expect(try await world.scalar("SELECT sum(amount) FROM refunds") == "5000")
            #expect(try await world.violations() == [])
        }
    }

    @Test("what is booked cannot be changed or deleted by the service")
    func appendOnly() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            _ = try await world.filledWallet(5000)
            for statement in [
                "UPDATE ledger_transfers SET amount = 1", "DELETE FROM ledger_transfers",
                "TRUNCATE ledger_transfers",
            ] {
                await #expect(throws: PostgresError.self) {
                    try await world.pool.transaction { tx in try tx.send(statement) }
                }
            }
        }
    }

    @Test("surplus that came by hand becomes the credit of the client whom it was collected from")
    func surplusBecomesCredit() async throws {
        try await PaymentWorld.with { world in
            // The second invoice uses the credit of the first before it is paid, and leaves as much again.
            for _ in 1...2 {
                let invoice = try await world.issue(5000)
                _ = try await world.pool.transaction {
                    [record = world.parts.record, organization = world.organizationID] tx in
                    try record(receivedMinor: nil, of: invoice, for: organization, in: tx)
                }
                var snapshot = world.snapshot(invoice, total: 5000)
                snapshot.amountCreditedMinor = 1200
                let event = try world.received(
                    InvoiceMarkedUncollectible(invoice: snapshot), subject: invoice, sequence: 3)
                try await world.handle(
                    ProjectInvoice<InvoiceMarkedUncollectible>(project: world.parts.project), [event, event])
                #expect(try await world.scalar("SELECT sum(balance) FROM credits") == "1200")
            }
            #expect(try await world.scalar("SELECT count(*) FROM credits") == "1")
            #expect(try await world.published().filter { $0 == "credit.changed.v1" }.count == 3)
            #expect(try await world.violations() == [])
        }
    }
}
