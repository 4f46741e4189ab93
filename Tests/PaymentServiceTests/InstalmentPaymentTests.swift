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

@Suite("Invoices in parts are paid part by part, by every path and every order of events")
struct InstalmentPaymentTests {
    private static let good = "4242424242424242"

    private func collected(_ invoice: InvoiceID, in world: PaymentWorld) async throws -> String {
        try await world.scalar("SELECT collected FROM payables WHERE invoice_id = $1", invoice)
    }

    /// Lets a part's day come, once or twice, and waits until so much is collected.
    private func charge(
        _ part: Int, of invoice: InvoiceID, until sum: String, in world: PaymentWorld
    ) async throws {
        let due = try await world.due(invoice, part: part)
        try await world.accept([due, due])
        try await eventually { try await collected(invoice, in: world) == sum }
    }

    /// Pays by link with a card that is handed over for this payment only.
    private func pay(
        _ portion: StartPayment.Portion, of invoice: InvoiceID, in world: PaymentWorld
    ) async throws -> String {
        try await world.payByLink(invoice, card: try await world.cardToken(Self.good), portion)
    }

    private func record(_ total: Int64?, _ invoice: InvoiceID, in world: PaymentWorld) async throws {
        _ = try await world.pool.transaction {
            [parts = world.parts, organization = world.organizationID] tx in
            try parts.record(receivedMinor: total, of: invoice, for: organization, in: tx)
        }
    }

    @Test("three parts have three plans on their days, each of which charges its part once")
    func autopay() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(1000, parts: [500, 300, 200])
            #expect(try await world.planState(invoice) == "planned/0/1 planned/0/1 planned/0/1")
            let issued = Zone.utc.date(at: world.clock.now())
            #expect(
                try await world.scalar(
                    "SELECT string_agg((charge_on - '\(issued)'::date)::text, ' ' ORDER BY part) FROM plans")
                    == "3 10 20")
            #expect(try await world.published().filter { $0 == "charge.planned.v1" }.count == 3)
            try await world.parts.executor.start()
            try await charge(1, of: invoice, until: "500", in: world)
            #expect(try await world.planState(invoice) == "collected/0/1 planned/0/1 planned/0/1")
            try await charge(2, of: invoice, until: "800", in: world)
            try await charge(3, of: invoice, until: "1000", in: world)
            try await world.accept([world.due(invoice, part: 2), world.due(invoice, part: 1)])
            #expect(try await world.planState(invoice) == "collected/0/1 collected/0/1 collected/0/1")
            let ledger = try await world.ledger(invoice)
            #expect(ledger.captures == 3 && ledger.captured == 1000 && ledger.refunded == 0)
            #expect(try await world.violations() == [])
        }
    }

    @Test("saying an invoice twice, and a mandate after it, plans each part once")
    func plannedOnce() async throws {
        try await PaymentWorld.with { world in
            let invoice = try await world.issue(1000, parts: [600, 400])
            try await world.mandate(days: 3)
            var again = world.snapshot(invoice, total: 1000)
            again.parts = [
                InvoicePartFacts(no: 1, dueDate: again.dueDate, amountMinor: 600),
                InvoicePartFacts(no: 2, dueDate: again.dueDate, amountMinor: 400),
            ]
            let event = try world.received(InvoiceFinalized(invoice: again), subject: invoice, sequence: 2)
            try await world.handle(
                ProjectInvoice<InvoiceFinalized>(project: world.parts.project), [event, event])
            #expect(try await world.planState(invoice) == "planned/0/1 planned/0/1")
            #expect(
                try await world.scalar("SELECT part_through FROM payables WHERE invoice_id = $1", invoice)
                    == "{600,1000}")
        }
    }

    @Test("parts that come due together are charged without a unit too much, in whichever order")
    func together() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(1000, parts: [500, 300, 200])
            try await world.accept([
                world.due(invoice, part: 3), world.due(invoice, part: 2), world.due(invoice, part: 1),
            ])
            try await world.parts.executor.start()
            try await eventually { try await collected(invoice, in: world) == "1000" }
            try await eventually {
                try await world.scalar(
                    "SELECT count(*) FROM plans WHERE state IN ('planned', 'waiting', 'charging')") == "0"
            }
            let ledger = try await world.ledger(invoice)
            #expect(ledger.captured == 1000 && ledger.refunded == 0)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a part that was refused is taken by the plan of the next, and its own plan ends")
    func catchUp() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate(days: 3)
            try await world.refuse(card, "generic_decline")
            let invoice = try await world.issue(1000, parts: [500, 300, 200])
            try await world.parts.executor.start()
            try await world.accept([world.due(invoice, part: 1)])
            try await eventually { try await world.planState(invoice).hasPrefix("planned/1/2") }
            try await world.refuse(card, nil)
            try await charge(2, of: invoice, until: "800", in: world)
            try await eventually {
                try await world.planState(invoice) == "cancelled/1/3 collected/0/1 planned/0/1"
            }
            #expect(try await world.ledger(invoice).captured == 800)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a part that the payer skips is shown, and taken, with the next one")
    func skipped() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(1000, parts: [500, 300, 200])
            #expect(try await shown(invoice, in: world) == ["5", "3", "2"])
            let plan = try await plan(1, of: invoice, in: world)
            try await world.pool.transaction { [parts = world.parts, accountID = world.accountID] tx in
                try parts.changeCharge(.skip, plan, of: accountID, in: tx)
            }
            #expect(try await shown(invoice, in: world) == ["5", "8", "2"])
            try await world.parts.executor.start()
            try await charge(2, of: invoice, until: "800", in: world)
            #expect(try await world.ledger(invoice).captured == 800)
            #expect(try await world.violations() == [])
        }
    }

    private func plan(_ part: Int, of invoice: InvoiceID, in world: PaymentWorld) async throws -> ChargePlanID
    {
        let plans = try await world.pool.transaction { tx in
            try tx.query("SELECT plan_id FROM plans WHERE invoice_id = $1 AND part = $2", [invoice, part])
                .column(0, as: ChargePlanID.self)
        }
        return try #require(plans.first)
    }

    /// The amounts of the parts as payers see them.
    private func shown(_ invoice: InvoiceID, in world: PaymentWorld) async throws -> [String] {
        var amounts: [String] = []
        for part in 1...3 {
            let plan = try await plan(part, of: invoice, in: world)
            let charge = try await world.pool.transaction { tx in try ChargeStore.find(plan, in: tx) }
            let root = try JSONDocument(parsing: try #require(charge).json).root
            amounts.append(root["amount"]?.numberText ?? "")
        }
        return amounts
    }

    @Test("money by hand in between ends the plans that it settles and leaves the rest to the others")
    func byHand() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(1000, parts: [500, 300, 200])
            try await world.parts.executor.start()
            try await charge(1, of: invoice, until: "500", in: world)
            try await record(900, invoice, in: world)
            #expect(try await world.planState(invoice) == "collected/0/1 cancelled/0/2 planned/0/1")
            try await world.accept([world.due(invoice, part: 2)])
            try await charge(3, of: invoice, until: "1000", in: world)
            #expect(try await world.ledger(invoice).captured == 600)
            #expect(try await world.violations() == [])
        }
    }

    @Test("money by hand that makes a ready charge wait lets it go on with what is left")
    func replacedByHand() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(1000, parts: [500, 500])
            try await world.accept([world.due(invoice, part: 1)])
            try await record(200, invoice, in: world)
            #expect(try await world.planState(invoice) == "charging/0/1 planned/0/1")
            try await world.parts.executor.start()
            try await eventually { try await collected(invoice, in: world) == "500" }
            #expect(try await world.ledger(invoice).captured == 300)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a credit note after a partial payment lowers the last part, and nothing is given back")
    func creditNote() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(1000, parts: [500, 300, 200])
            try await world.parts.executor.start()
            try await charge(1, of: invoice, until: "500", in: world)
            var credited = world.snapshot(invoice, total: 1000)
            credited.amountCreditedMinor = 250
            let note = CreditNoteIssued(
                invoice: credited,
                creditNote: CreditNoteFacts(
                    creditNoteID: CreditNoteID(.v7()), number: "CN-1", amountMinor: 250, taxMinor: 0,
                    settle: "reduce", returnedMinor: 0))
            try await world.handle(
                ProjectInvoice<CreditNoteIssued>(project: world.parts.project),
                [try world.received(note, subject: invoice, sequence: 3)])
            #expect(try await world.planState(invoice) == "collected/0/1 planned/0/1 planned/0/1")
            try await charge(2, of: invoice, until: "750", in: world)
            #expect(try await world.planState(invoice) == "collected/0/1 collected/0/1 cancelled/0/2")
            let ledger = try await world.ledger(invoice)
            #expect(ledger.captured == 750 && ledger.refunded == 0)
            #expect(try await world.violations() == [])
        }
    }

    @Test("an invoice that is voided while a part is charged ends all plans and gives the money back")
    func voided() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(1000, parts: [500, 300, 200])
            try await world.fault(
                #"{"kind":"latency","path":"/v1/payment_intents","times":1,"delay_ms":600}"#)
            try await world.accept([world.due(invoice, part: 1)])
            try await world.parts.executor.start()
            try await eventually { try await world.attemptStates(invoice) == "in_flight" }
            try await world.void(invoice, total: 1000)
            #expect(try await world.planState(invoice) == "charging/0/1 cancelled/0/2 cancelled/0/2")
            let refunds = world.parts.refunds.loop(wakeup: .init())
            try await refunds.start()
            try await eventually { try await world.ledger(invoice).refunded == 500 }
            await refunds.stop()
            #expect(try await world.ledger(invoice).captured == 500)
            #expect(try await world.violations() == [])
        }
    }

    @Test("the link offers the next part or everything; what is beyond is refused")
    func byLink() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let invoice = try await world.issue(1000, parts: [500, 300, 200])
            #expect(try await pay(.nextInstalment, of: invoice, in: world) == "succeeded")
            #expect(try await collected(invoice, in: world) == "500")
            #expect(try await pay(.exactly(501), of: invoice, in: world) == "out_of_range")
            #expect(
                try await pay(.exactly(100), of: invoice, in: world) == "partial_payment_not_allowed"
            )
            #expect(try await pay(.nextInstalment, of: invoice, in: world) == "succeeded")
            #expect(try await pay(.everything, of: invoice, in: world) == "succeeded")
            #expect(try await pay(.everything, of: invoice, in: world) == "invoice_paid")
            let ledger = try await world.ledger(invoice)
            #expect(ledger.captures == 3 && ledger.captured == 1000)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a payer who may pays any sum up to what is open, and the plan collects the rest")
    func partly() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(1000, allowsPartial: true)
            try await world.parts.executor.start()
            #expect(try await pay(.exactly(1), of: invoice, in: world) == "succeeded")
            #expect(try await pay(.exactly(399), of: invoice, in: world) == "succeeded")
            #expect(try await pay(.exactly(601), of: invoice, in: world) == "out_of_range")
            #expect(try await world.planState(invoice) == "planned/0/1")
            try await charge(0, of: invoice, until: "1000", in: world)
            let ledger = try await world.ledger(invoice)
            #expect(ledger.captured == 1000 && ledger.refunded == 0)
            #expect(try await world.violations() == [])
        }
    }

    @Test("an invoice without parts takes one payment, of which the next part is everything")
    func whole() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let invoice = try await world.issue(1000)
            #expect(
                try await pay(.exactly(999), of: invoice, in: world) == "partial_payment_not_allowed"
            )
            #expect(try await pay(.nextInstalment, of: invoice, in: world) == "succeeded")
            #expect(try await collected(invoice, in: world) == "1000")
        }
    }

    @Test("what a page reads names the parts, the next of them, and what may be paid")
    func shown() async throws {
        try await PaymentWorld.with { world in
            try await world.parts.executor.startBooking()
            let invoice = try await world.issue(1000, parts: [500, 300, 200], allowsPartial: true)
            _ = try await pay(.exactly(600), of: invoice, in: world)
            let view = try await world.parts.desk.find(invoice)
            let json = try JSONDocument(parsing: InvoiceJSON.bytes(view, at: world.clock.now())).root
            #expect(json["allow_partial_payments"]?.bool == true)
            #expect(json["instalments"]?.elements.map { $0["amount_due"]?.numberText } == ["0", "2", "2"])
            #expect(json["next_instalment"]?["no"]?.int64 == 2)
        }
    }
}
