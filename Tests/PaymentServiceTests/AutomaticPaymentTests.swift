import EventContracts
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("Automatic payments are made once, by every order of events")
struct AutomaticPaymentTests {
    @Test("an invoice under a mandate is planned once, however often it is said")
    func planning() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(5000)
            let again = try world.received(
                InvoiceFinalized(invoice: world.snapshot(invoice, total: 5000)), subject: invoice, sequence: 2
            )
            try await world.handle(
                ProjectInvoice<InvoiceFinalized>(project: world.parts.project), [again, again])
            #expect(try await world.planState(invoice) == "planned/0/1")
            let types = try await world.published()
            #expect(types.filter { $0 == "charge.planned.v1" }.count == 1)
            #expect(types.filter { $0 == "schedule.requested.v1" }.count == 1)
        }
    }

    @Test("an invoice that came before the link and the mandate is planned when they come")
    func lateMandate() async throws {
        try await PaymentWorld.with { world in
            let invoice = try await world.issue(5000)
            #expect(try await world.planState(invoice) == "-")
            try await world.mandate(days: 3)
            #expect(try await world.planState(invoice) == "planned/0/1")
        }
    }

    @Test("a due that comes twice, and once more afterwards, charges once")
    func chargesOnce() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5000)
            let due = try await world.due(invoice)
            try await world.accept([due, due])
            try await world.accept([due])
            try await world.parts.executor.start()
            try await eventually { try await world.attemptStates(invoice) == "succeeded" }
            try await world.accept([due])
            #expect(try await world.attemptStates(invoice) == "succeeded")
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.ledger(invoice).captured == 5000)
            #expect(try await world.planState(invoice) == "collected/0/1")
            #expect(try await world.published().filter { $0 == "payment.succeeded.v1" }.count == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("many dues of one batch are all charged, each once")
    func batch() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            var invoices: [InvoiceID] = []
            for _ in 0..<60 { invoices.append(try await world.issue(700)) }
            var dues: [Received<ChargeDue>] = []
            for invoice in invoices { dues.append(try await world.due(invoice)) }
            try await world.parts.executor.start()
            try await world.accept(dues + dues.reversed())
            try await eventually {
                // More than the card's network might refuse are not under way at once.
                world.clock.advance(by: .milliseconds(50))
                return try await world.scalar("SELECT count(*) FROM attempts WHERE state = 'succeeded'")
                    == "60"
            }
            for invoice in invoices { #expect(try await world.ledger(invoice).captures == 1) }
            #expect(try await world.scalar("SELECT sum(collected) FROM payables") == "42000")
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "a soft refusal is tried again on the ladder's day, under a new generation; the old due means nothing"
    )
    func softDecline() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(card: "4000000000000341")
            let invoice = try await world.issue(5000)
            let due = try await world.due(invoice)
            try await world.accept([due])
            try await world.parts.executor.start()
            try await eventually { try await world.attemptStates(invoice) == "declined" }
            #expect(try await world.planState(invoice) == "planned/1/2")
            let types = try await world.published()
            #expect(types.contains("payment.failed.v1") && types.contains("schedule.changed.v1"))
            try await world.accept([due])
            #expect(try await world.attemptStates(invoice) == "declined")
            try await world.accept([world.due(invoice)])
            try await eventually { try await world.attemptStates(invoice) == "declined declined" }
            #expect(try await world.planState(invoice) == "planned/2/3")
            #expect(try await world.ledger(invoice).captures == 0)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a charge above the payer's cap is not sent")
    func cap() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(cap: 4999)
            let invoice = try await world.issue(5000)
            try await world.accept([world.due(invoice)])
            try await world.parts.executor.start()
            try await eventually { try await world.attemptStates(invoice) == "cancelled" }
            #expect(try await world.planState(invoice) == "failed/0/2")
            #expect(
                try await world.scalar("SELECT reason FROM plans WHERE invoice_id = $1", invoice)
                    == "above_cap_per_charge")
            #expect(try await world.ledger(invoice).captures == 0)
        }
    }

    @Test("a revoked mandate ends its plans, also those whose attempt is ready")
    func revocation() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let planned = try await world.issue(100)
            let ready = try await world.issue(200)
            try await world.accept([world.due(ready)])
            let result = try await world.pool.transaction {
                [parts = world.parts, account = world.accountID, organization = world.organizationID] tx in
                try parts.mandates.change(to: .revoked, in: tx) { tx in
                    try MandateStore.find(of: account, covering: organization.raw, in: tx)
                }
            }
            #expect(result.underWay == [])
            #expect(try await world.planState(planned) == "cancelled/0/2")
            #expect(try await world.attemptStates(ready) == "cancelled")
            #expect(try await world.planState(ready) == "cancelled/0/2")
            #expect(try await world.violations() == [])
        }
    }
}
