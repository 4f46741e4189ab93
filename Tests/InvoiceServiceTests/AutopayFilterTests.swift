import EventContracts
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct AutopayFilterTests {
    @Test(
        "invoices that a mandate covers are shown as planned for automatic payment, and only while it holds")
    func autopay() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let account = AccountID(.v7())
            let early = try await world.issued(customer)
            world.clock.advance(by: .seconds(60))
            let from = world.clock.now()
            let mandate = MandateID(.v7())
            func change(_ status: MandateStatus, _ sequence: Int64, coversFrom: Instant) async throws {
                let event = MandateChanged(
                    mandateID: mandate, organizationID: world.organizationID, accountID: account,
                    status: status, chargeAfterDays: 3, coversFrom: coversFrom)
                try await world.deliver([event], sequence: sequence)
            }
            try await change(.active, 2, coversFrom: from)
            world.clock.advance(by: .seconds(60))
            let covered = try await world.issued(customer)
            _ = try await world.draft(customer)
            // Nobody has said yet that the customer is the payer.
            #expect(try await world.list("autopay=true") == [])
            try await world.deliver([
                InvitationAccepted(
                    invitationID: InvitationID(.v7()), organizationID: world.organizationID,
                    accountID: account, customerID: customer)
            ])
            #expect(try await world.list("autopay=true") == [covered.description])
            #expect(try await world.list("autopay=true&sort=due_date") == [covered.description])
            #expect(try await world.list("autopay=false&status=finalized") == [early.description])
            world.clock.advance(by: .seconds(60))
            let next = try await world.issued(customer)
            #expect(
                try await world.list("autopay=true&status=finalized") == [next, covered].map(\.description))
            try await world.pay(11_999, next)
            #expect(try await world.list("autopay=true") == [covered.description])
            // An older event changes nothing.
            try await change(.revoked, 1, coversFrom: from)
            #expect(try await world.list("autopay=true") == [covered.description])
            try await change(.paused, 3, coversFrom: from)
            #expect(try await world.list("autopay=true") == [])
            try await change(.active, 4, coversFrom: Instant(microseconds: 0))
            #expect(try await world.list("autopay=true") == [covered, early].map(\.description))
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "the most specific mandate decides, skipped and failed charges are not planned, in any order of events"
    )
    func scopes() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let account = AccountID(.v7())
            try await world.deliver([
                InvitationAccepted(
                    invitationID: InvitationID(.v7()), organizationID: world.organizationID,
                    accountID: account, customerID: customer)
            ])
            let first = try await world.issued(customer)
            world.clock.advance(by: .seconds(60))
            let second = try await world.issued(customer)
            let (whole, single) = (MandateID(.v7()), MandateID(.v7()))
            func change(
                _ mandate: MandateID, _ status: MandateStatus, _ sequence: Int64, invoice: InvoiceID? = nil
            ) async throws {
                let event = MandateChanged(
                    mandateID: mandate, organizationID: world.organizationID, accountID: account,
                    status: status, chargeAfterDays: 3, coversFrom: Instant(microseconds: 0),
                    invoiceID: invoice)
                try await world.deliver([event], sequence: sequence)
            }
            func plan(_ state: ChargePlanState, _ reason: String?, _ sequence: Int64) -> (
                ChargePlanChanged, Int64
            ) {
                let facts = ChargePlanFacts(
                    planID: ChargePlanID(second.raw), invoiceID: second, organizationID: world.organizationID,
                    accountID: account, mandateID: whole, state: state,
                    chargeOn: CivilDate(daysSince1970: 20_000), step: 0,
                    reason: reason)
                return (ChargePlanChanged(plan: facts), sequence)
            }
            func planned() async throws -> [String] { try await world.list("autopay=true") }
            try await change(whole, .active, 1)
            #expect(try await planned() == [second, first].map(\.description))
            // The card of one invoice rests: the sender's is not meant for it.
            try await change(single, .paused, 1, invoice: first)
            #expect(try await planned() == [second.description])
            try await change(single, .revoked, 3, invoice: first)
            try await change(single, .active, 2, invoice: first)
            #expect(try await planned() == [second, first].map(\.description))
            for (event, sequence) in [
                plan(.cancelled, "settled", 2), plan(.skipped, "skipped", 4), plan(.planned, nil, 3),
            ] {
                try await world.deliver([event], sequence: sequence)
            }
            #expect(try await planned() == [first.description])
            let (again, sequence) = plan(.planned, nil, 5)
            try await world.deliver([again, again], sequence: sequence)
            #expect(try await planned() == [second, first].map(\.description))
            #expect(try await world.violations() == [])
        }
    }
}
