import EventContracts
import HTTPServer
import Messaging
import PaymentDomain
import Postgres
import Primitives
import TestKit
import Testing

@testable import PaymentService

@Suite("A payer decides about a coming charge")
struct ChargeDecisionTests {
    @Test(
        "a skipped charge is not made, also when its day comes or other terms are set",
        arguments: [true, false])
    func skip(isReady: Bool) async throws {
        try await PaymentWorld.with { world in
            try await world.mandate()
            let invoice = try await world.issue(5_000)
            let due = try await world.due(invoice)
            if isReady { try await world.accept([due]) }
            try await world.decide(.skip, invoice)
            #expect(try await world.plans(invoice) == "skipped/skipped")
            try await world.accept([due])
            try await world.mandate(days: 3)
            #expect(try await world.plans(invoice) == "skipped/skipped")
            #expect(try await world.attemptStates(invoice) == (isReady ? "cancelled" : "-"))
            #expect(try await world.refusal(.skip, invoice) == "charge_over")
            // A card that is attached to the very invoice is meant for it.
            try await world.mandate(days: 3, scope: .invoice(invoice))
            #expect(try await world.plans(invoice) == "skipped/skipped planned/-")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a rejected charge keeps what the payer says, until they are forgotten")
    func reject() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(5_000)
            try await world.decide(.reject(note: "Not ordered"), invoice)
            #expect(try await world.plans(invoice) == "cancelled/rejected")
            #expect(
                try await world.scalar("SELECT note FROM plans WHERE invoice_id = $1", invoice)
                    == "Not ordered")
            try await world.erase()
            #expect(try await world.scalar("SELECT note FROM plans WHERE invoice_id = $1", invoice) == "-")
        }
    }

    @Test("paid now, the charge is made once, and its timer means nothing any more")
    func payNow() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(5_000)
            let due = try await world.due(invoice)
            try await world.decide(.payNow, invoice)
            try await world.decide(.payNow, invoice)
            try await world.accept([due])
            try await world.parts.executor.start()
            try await eventually { try await world.plans(invoice) == "collected/-" }
            try await world.accept([due])
            #expect(try await world.ledger(invoice).captures == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("what has been sent is neither skipped nor taken back, and the payer is told so")
    func underWay() async throws {
        try await PaymentWorld.with { world in
            let card = try await world.mandate()
            let invoice = try await world.issue(5_000)
            try await world.accept([world.due(invoice)])
            _ = try await world.pool.transaction { [parts = world.parts] tx in
                try parts.claim(
                    limit: 8, perOrganization: 8, after: OrganizationID(RawID(high: 0, low: 0)), in: tx)
            }
            #expect(try await world.refusal(.skip, invoice) == "charge_under_way")
            #expect(try await world.refusal(.payNow, invoice) == "charge_under_way")
            let revoked = try await world.set(.sender, to: .revoked, card: card)
            #expect(revoked?.underWay == [invoice])
            #expect(try await world.plans(invoice) == "charging/-")
        }
    }

    @Test("another payer's charge is not there")
    func foreign() async throws {
        try await PaymentWorld.with { world in
            try await world.mandate(days: 3)
            let invoice = try await world.issue(5_000)
            #expect(try await world.refusal(.skip, invoice, by: AccountID(.v7())) == "not_found")
            #expect(try await world.plans(invoice) == "planned/-")
        }
    }
}
