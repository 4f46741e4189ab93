import EventContracts
import HTTPServer
import Messaging
import Postgres
import Primitives
import ServiceKit
import TestKit
import Testing

@testable import PaymentService

@Suite("Whoever has a dead link may ask for a fresh one")
struct LinkRenewalTests {
    private static let life = Duration.seconds(45 * 86_400)

    /// What asking comes to: the code of the refusal, or nil.
    private func ask(_ invoice: InvoiceID, generation: Int64 = 1, in world: PaymentWorld) async throws
        -> String?
    {
        let request = RequestLinkRenewal(outbox: world.parts.context.outbox, clock: world.clock)
        let cause = EventCause(traceparent: nil, clockTime: world.clock.now())
        do {
            try await world.pool.transaction { tx in
                try request(invoice, generation: generation, cause: cause, in: tx)
            }
            return nil
        } catch let problem as Problem {
            return problem.code
        }
    }

    @Test("an expired link is renewed up to three times a day; one that works is not")
    func limits() async throws {
        try await PaymentWorld.with { world in
            let invoice = try await world.issue(5000)
            #expect(try await ask(invoice, in: world) == "link_valid")
            world.clock.advance(by: Self.life)
            for _ in 0..<3 { #expect(try await ask(invoice, in: world) == nil) }
            #expect(try await ask(invoice, in: world) == "rate_limited")
            world.clock.advance(by: .seconds(86_400))
            #expect(try await ask(invoice, in: world) == nil)
            let wishes = try await world.published().filter { $0 == "pay_link.renewal_requested.v1" }
            #expect(wishes.count == 4)
        }
    }

    @Test("no wish is taken for a link of another generation, or for an invoice with nothing to pay")
    func refused() async throws {
        try await PaymentWorld.with { world in
            let (invoice, voided) = (try await world.issue(5000), try await world.issue(700))
            try await world.void(voided, total: 700)
            world.clock.advance(by: Self.life)
            #expect(try await ask(invoice, generation: 2, in: world) == "link_revoked")
            #expect(try await ask(voided, in: world) == "invoice_voided")
            #expect(try await ask(InvoiceID(.v7()), in: world) == "not_found")
            #expect(try await world.published().allSatisfy { $0 != "pay_link.renewal_requested.v1" })
        }
    }
}
