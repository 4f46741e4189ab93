import HTTPServer
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite(
    "What nobody knows of a charge a person finds out, and the gateway has the last word",
    .timeLimit(.minutes(10)))
struct ReviewTests {
    /// A charge that is in review: taken by the gateway, or never sent.
    private func doubt(isCharged: Bool, in world: PaymentWorld) async throws -> (InvoiceID, AttemptID) {
        try await world.mandate()
        let invoice = try await world.issue(5000)
        try await world.accept([world.due(invoice)])
        let claimed = try await world.pool.transaction { [parts = world.parts] tx in
            try parts.claim(
                limit: 10, perOrganization: 10, after: OrganizationID(RawID(high: 0, low: 0)), in: tx)
        }
        let claim = try #require(claimed?.claimed.first)
        if isCharged {
            _ = await withCheckedContinuation { continuation in
                world.parts.sweeper.gateway.charge(claim.call) { continuation.resume(returning: $0) }
            }
        }
        try await world.pool.transaction { tx in
            _ = try tx.execute(
                "UPDATE attempts SET state = 'needs_review', next_at = NULL, outcome_code = 'outcome_unknown'"
            )
        }
        return (invoice, claim.call.attemptID)
    }

    private func reference(_ attempt: AttemptID, in world: PaymentWorld) async throws -> String {
        let root = try JSONDocument(parsing: try await world.get("/_ledger?attempt_id=\(attempt)")).root
        return root["entries"]?.elements.first?["payment_intent"]?.string ?? "pi_that_is_not_there"
    }

    @Test(
        "it is as the gateway says, and once; what the gateway denies is refused", arguments: [true, false])
    func resolved(isCharged: Bool) async throws {
        try await PaymentWorld.with { world in
            let (invoice, attempt) = try await doubt(isCharged: isCharged, in: world)
            let listed = try await world.pool.transaction { tx in
                try AttemptRecord.inDoubt(before: nil, limit: 10, in: tx).map(\.attemptID)
            }
            #expect(listed == [attempt])
            let charged = AttemptEvent.Resolution.charged(reference: try await reference(attempt, in: world))
            let (truth, lie) = isCharged ? (charged, .notCharged) : (.notCharged, charged)
            await #expect(throws: (any Error).self) { try await world.parts.resolve(lie, of: attempt) }
            #expect(try await world.attemptStates(invoice) == "needs_review")
            _ = try await world.parts.resolve(truth, of: attempt)
            #expect(try await world.attemptStates(invoice) == (isCharged ? "succeeded" : "cancelled"))
            let again = await #expect(throws: Problem.self) {
                try await world.parts.resolve(truth, of: attempt)
            }
            #expect(again?.code == "not_in_doubt")
            #expect(try await world.ledger(invoice).captures == (isCharged ? 1 : 0))
            #expect(try await world.violations() == [])
        }
    }

    @Test("another payment's reference settles nothing")
    func foreign() async throws {
        try await PaymentWorld.with { world in
            let (invoice, attempt) = try await doubt(isCharged: true, in: world)
            try await world.parts.executor.startBooking()
            let other = try await world.issue(700)
            #expect(try await world.payByLink(other, card: "pm_card_visa") == "succeeded")
            let entries = try JSONDocument(parsing: try await world.get("/_ledger?invoice_id=\(other)")).root
            let intent = entries["entries"]?.elements.first?["payment_intent"]?.string ?? ""
            let refused = await #expect(throws: Problem.self) {
                try await world.parts.resolve(.charged(reference: intent), of: attempt)
            }
            #expect(refused?.code == "gateway_disagrees")
            #expect(try await world.attemptStates(invoice) == "needs_review")
        }
    }
}
