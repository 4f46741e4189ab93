import EventContracts
import Lifecycle
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("An automatic payment that the bank wants confirmed")
struct ConfirmationTests {
    /// An invoice whose automatic payment waits for its payer.
    private static func waiting(_ world: PaymentWorld) async throws -> (
        invoice: InvoiceID, attempt: AttemptRecord
    ) {
        try await world.mandate(card: "4000002760003184")
        let invoice = try await world.issue(5000)
        try await world.accept([world.due(invoice)])
        try await world.parts.executor.start()
        try await eventually { try await world.attemptStates(invoice) == "requires_action" }
        return (invoice, try await attempt(of: invoice, world))
    }

    private static func attempt(of invoice: InvoiceID, _ world: PaymentWorld) async throws -> AttemptRecord {
        let record = try await world.pool.transaction { tx in
            try tx.query("SELECT attempt_id FROM attempts WHERE invoice_id = $1", [invoice])
                .scalar(as: AttemptID.self).flatMap { try AttemptRecord.find($0, in: tx) }
        }
        return try #require(record)
    }

    private static func bankPage(_ world: PaymentWorld, _ attempt: AttemptRecord) async throws -> String {
        let answer = try await world.parts.confirm(attempt, returnTo: "http://127.0.0.1/confirm/1?returned=1")
        guard case .page(let page) = answer else { throw TestFailure(description: "\(answer)") }
        return page
    }

    private static func answerBank(_ world: PaymentWorld, _ attempt: AttemptRecord, succeeds: Bool)
        async throws
    {
        let reference = try #require(attempt.gatewayReference)
        try await world.order(
            "/_control/authenticate", #"{"intent":"\#(reference)","succeeds":\#(succeeds)}"#)
    }

    @Test("is the same charge after the payer confirmed it: one capture, and the payer was asked once")
    func confirmed() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            let (invoice, attempt) = try await Self.waiting(world)
            #expect(try await world.published().filter { $0 == "payment.action_required.v1" }.count == 1)
            #expect(try await world.payByLink(invoice, card: "pm_card_visa") == "payment_in_progress")
            let page = try await Self.bankPage(world, attempt)
            #expect(page.contains(try #require(attempt.gatewayReference)))
            // Asked again, the bank has the same page.
            #expect(try await Self.bankPage(world, attempt) == page)
            try await Self.answerBank(world, attempt, succeeds: true)
            try await world.tell(world.events())
            #expect(try await world.attemptStates(invoice) == "succeeded")
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.published().filter { $0 == "payment.succeeded.v1" }.count == 1)
            let again = try await world.parts.confirm(
                try await Self.attempt(of: invoice, world), returnTo: "http://127.0.0.1/")
            guard case .state(let record) = again, case .succeeded = record.state else {
                throw TestFailure(description: "\(again)")
            }
            #expect(try await world.violations() == [])
        }
    }

    @Test("is ended at the gateway when the payer fails to confirm, before anything else may be charged")
    func failed() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            let (invoice, attempt) = try await Self.waiting(world)
            _ = try await Self.bankPage(world, attempt)
            try await Self.answerBank(world, attempt, succeeds: false)
            try await world.tell(world.events())
            #expect(try await world.attemptStates(invoice) == "declined")
            #expect(try await world.published().filter { $0 == "payment.failed.v1" }.count == 1)
            let outcome = try await world.parts.sweeper.gateway.retrieve(
                reference: try #require(attempt.gatewayReference))
            guard case .refused(let decline, _) = outcome else {
                throw TestFailure(description: "\(outcome as Any)")
            }
            #expect(decline.code == "canceled")
            #expect(try await world.payByLink(invoice, card: "pm_card_visa") == "succeeded")
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "is cancelled at the gateway after an hour, unless it was confirmed in the last moment",
        arguments: [false, true])
    func expired(isConfirmed: Bool) async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            let (invoice, attempt) = try await Self.waiting(world)
            if isConfirmed {
                _ = try await Self.bankPage(world, attempt)
                try await Self.answerBank(world, attempt, succeeds: true)
            }
            let sweeper = world.parts.sweeper.loop()
            try await sweeper.start()
            world.clock.advance(by: .seconds(3_601))
            let expected = isConfirmed ? "succeeded" : "declined"
            try await eventually { try await world.attemptStates(invoice) == expected }
            await sweeper.stop()
            #expect(try await world.ledger(invoice).captures == (isConfirmed ? 1 : 0))
            // What the gateway tells afterwards changes nothing.
            try await world.tell(world.events())
            #expect(try await world.attemptStates(invoice) == expected)
            #expect(try await world.violations() == [])
        }
    }

    @Test("is not what a payer is asked about who is there: the page of the link leads to the bank")
    func onSession() async throws {
        try await PaymentWorld.with(PaymentWorld.webhooks) { world in
            let invoice = try await world.issue(5000)
            let card = try await world.cardToken("4000002760003184")
            try await world.parts.executor.start()
            #expect(try await world.payByLink(invoice, card: card) == "requires_action")
            #expect(try await !world.published().contains("payment.action_required.v1"))
            let attempt = try await Self.attempt(of: invoice, world)
            _ = try await Self.bankPage(world, attempt)
            try await Self.answerBank(world, attempt, succeeds: true)
            try await world.tell(world.events())
            #expect(try await world.attemptStates(invoice) == "succeeded")
            #expect(try await world.violations() == [])
        }
    }
}
