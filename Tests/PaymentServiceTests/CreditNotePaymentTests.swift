import EventContracts
import Lifecycle
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("Credit notes and payments end in the right state, by every order of events")
struct CreditNotePaymentTests {
    private func event(
        _ invoice: InvoiceID, total: Int64, credited: Int64, toCredit: Int64? = nil, sequence: Int64 = 3,
        in world: PaymentWorld
    ) throws -> Received<CreditNoteIssued> {
        var snapshot = world.snapshot(invoice, total: total)
        snapshot.amountCreditedMinor = credited
        snapshot.amountToCreditMinor = toCredit
        let facts = CreditNoteFacts(
            creditNoteID: CreditNoteID.new(at: world.clock.now()), number: "CN-000001", amountMinor: credited,
            taxMinor: 0, settle: toCredit == nil ? "refund" : "credit", returnedMinor: toCredit ?? credited)
        return try world.received(
            CreditNoteIssued(invoice: snapshot, creditNote: facts), subject: invoice, sequence: sequence)
    }

    private func credit(_ events: [Received<CreditNoteIssued>], in world: PaymentWorld) async throws {
        try await world.handle(ProjectInvoice<CreditNoteIssued>(project: world.parts.project), events)
    }

    private func column(_ name: String, _ invoice: InvoiceID, in world: PaymentWorld) async throws -> String {
        try await world.scalar("SELECT \(name) FROM payables WHERE invoice_id = $1", invoice)
    }

    /// Runs the refunds until the gateway has given so much back, and makes sure that it is not more.
    private func refunds(_ amount: Int64, of invoice: InvoiceID, in world: PaymentWorld) async throws {
        let refunds = world.parts.refunds.loop(wakeup: .init())
        try await refunds.start()
        try await eventually { try await world.ledger(invoice).refunded == amount }
        try await eventually {
            try await world.scalar("SELECT count(*) FROM refunds WHERE state <> 'succeeded'") == "0"
        }
        await refunds.stop()
        #expect(try await world.ledger(invoice).refunded == amount)
        #expect(try await column("refunded", invoice, in: world) == String(amount))
        #expect(try await world.scalar("SELECT count(*) FROM refunds") == "1")
    }

    @Test("a note before the charge lowers what is charged")
    func before() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await credit([try event(invoice, total: 5000, credited: 1200, in: world)], in: world)
            try await world.accept([world.due(invoice)])
            try await world.parts.executor.start()
            try await eventually { try await world.attemptStates(invoice) == "succeeded" }
            #expect(try await world.ledger(invoice).captured == 3800)
            #expect(try await world.scalar("SELECT count(*) FROM refunds") == "0")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a note after the charge gives back once, however often it is said")
    func after() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let invoice = try await world.issue(5000)
            #expect(
                try await world.payByLink(invoice, card: try await world.cardToken("4242424242424242"))
                    == "succeeded")
            let note = try event(invoice, total: 5000, credited: 1200, in: world)
            try await credit([note, note], in: world)
            try await credit([note], in: world)
            try await refunds(1200, of: invoice, in: world)
            #expect(try await world.published().filter { $0 == "payment.surplus.v1" }.count == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a note while the charge is at the gateway gives back what was taken too much, once")
    func meanwhile() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            try await world.fault(
                #"{"kind":"latency","path":"/v1/payment_intents","times":1,"delay_ms":500}"#)
            try await world.parts.executor.start()
            try await eventually { try await world.attemptStates(invoice) == "in_flight" }
            let note = try event(invoice, total: 5000, credited: 1200, in: world)
            try await credit([note], in: world)
            try await eventually { try await world.attemptStates(invoice) == "succeeded" }
            try await credit([note], in: world)
            #expect(try await world.ledger(invoice).captured == 5000)
            try await refunds(1200, of: invoice, in: world)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a note over everything ends the automatic payment, also one that is ready to be sent")
    func endsPlan() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let (planned, ready) = (try await world.issue(5000), try await world.issue(700))
            try await world.accept([world.due(ready)])
            for (invoice, total) in [(planned, Int64(5000)), (ready, 700)] {
                try await credit([try event(invoice, total: total, credited: total, in: world)], in: world)
                #expect(try await world.planState(invoice).hasPrefix("cancelled/"))
                #expect(try await column("leased_by", invoice, in: world) == "-")
            }
            #expect(
                try await world.payByLink(planned, card: try await world.cardToken("4242424242424242"))
                    == "invoice_paid")
            #expect(try await world.attemptStates(ready) == "cancelled")
            #expect(try await world.violations() == [])
        }
    }

    @Test("what is to become credit becomes credit and is not refunded; the rest goes back to the card")
    func toCredit() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let invoice = try await world.issue(5000)
            _ = try await world.payByLink(invoice, card: try await world.cardToken("4242424242424242"))
            let first = try event(invoice, total: 5000, credited: 1000, toCredit: 1000, in: world)
            try await credit([first], in: world)
            #expect(try await column("moved_to_credit", invoice, in: world) == "1000")
            #expect(try await world.scalar("SELECT count(*) FROM refunds") == "0")
            let second = try event(
                invoice, total: 5000, credited: 1700, toCredit: 1000, sequence: 4, in: world)
            try await credit([second, first], in: world)
            try await refunds(700, of: invoice, in: world)
            #expect(try await column("moved_to_credit", invoice, in: world) == "1000")
            #expect(
                try await world.scalar(
                    "SELECT sum(amount) FROM ledger_transfers WHERE credit = 'payer_credit'") == "1000")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a cancelled note is due again and can be paid; the older event means nothing")
    func voided() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let invoice = try await world.issue(5000)
            let note = try event(invoice, total: 5000, credited: 1200, in: world)
            try await credit([note], in: world)
            let back = CreditNoteVoided(
                invoice: world.snapshot(invoice, total: 5000), creditNote: note.payload.creditNote)
            try await world.handle(
                ProjectInvoice<CreditNoteVoided>(project: world.parts.project),
                [try world.received(back, subject: invoice, sequence: 4)])
            try await credit([note], in: world)
            _ = try await world.payByLink(invoice, card: try await world.cardToken("4242424242424242"))
            #expect(try await world.ledger(invoice).captured == 5000)
            #expect(try await world.scalar("SELECT count(*) FROM refunds") == "0")
            #expect(try await world.violations() == [])
        }
    }
}
