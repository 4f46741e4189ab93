import EventContracts
import HTTPServer
import Messaging
import Postgres
import Primitives
import TestKit
import Testing

@testable import NotificationService

@Suite(.timeLimit(.minutes(10)))
struct NoticeTests {
    private func paid(_ world: NotificationWorld, _ invoice: InvoiceID) throws -> OutgoingEvent {
        try world.event(InvoicePaid(invoice: world.snapshot(invoice, paid: 1999)), subject: invoice)
    }

    @Test("a paid invoice is one notice for its sender, read by each person alone")
    func invoicePaid() async throws {
        try await NotificationWorld.with { world in
            let invoice = InvoiceID(.v7())
            let event = try paid(world, invoice)
            try await world.deliver([event], to: "notification.invoice")
            try await world.deliver([event], to: "notification.invoice")
            let list = try await world.call("GET", "/v1/notices")
            let notice = try #require(list.json.elements.first)
            #expect(list.json.elements.count == 1)
            #expect(notice["kind"]?.string == "invoice_paid")
            #expect(notice["invoice_id"]?.string == invoice.description)
            #expect(notice["invoice_number"]?.string == "ACME-000001")
            #expect(notice["amount"]?.numberText == "19.99")
            #expect(notice["currency"]?.string == "eur")
            #expect(notice["read_at"] == nil || notice["read_at"]?.isNull == true)
            let id = try #require(notice["id"]?.string)
            for _ in 0..<2 { #expect(try await world.call("POST", "/v1/notices/\(id)/read").status == 204) }
            let mine = try await world.call("GET", "/v1/notices")
            #expect(mine.json.elements.first?["read_at"]?.string != nil)
            let colleague = try await world.call("GET", "/v1/notices", account: AccountID(.v7()))
            #expect(colleague.json.elements.first?["read_at"]?.string == nil)
            let stranger = OrganizationID(.v7())
            #expect(try await world.call("GET", "/v1/notices", organization: stranger).json.elements.isEmpty)
            #expect(
                try await world.call("POST", "/v1/notices/\(id)/read", organization: stranger).status == 404)
        }
    }

    @Test("a superadmin who reads an organization's notices and marks one is told of in its audit trail")
    func superadmin() async throws {
        try await NotificationWorld.with { world in
            try await world.deliver([try paid(world, InvoiceID(.v7()))], to: "notification.invoice")
            let query = "?website_id=\(world.organizationID)"
            let list = try await world.call("GET", "/v1/notices" + query, role: .superadmin)
            let id = try #require(list.json.elements.first?["id"]?.string)
            let path = "/v1/notices/\(id)/read" + query
            #expect(try await world.call("POST", path, role: .superadmin).status == 204)
            let bodies = try await world.pool.transaction { tx in
                try tx.query("SELECT body FROM events WHERE type = 'superadmin.acted.v1' ORDER BY id").column(
                    0, as: [UInt8].self)
            }
            let acts = try bodies.map { try EventEnvelope(parsing: $0) }
            #expect(
                acts.map { $0.data["action"]?.string } == [
                    "GET /v1/notices", "POST /v1/notices/{id}/read",
                ])
            #expect(acts.map { $0.data["resource_id"]?.string } == [nil, id])
            #expect(acts.allSatisfy { $0.source == "/notification" && $0.tenantID == world.organizationID })
        }
    }

    @Test("a declined payment is told to sender and client, a planned charge to the client")
    func audiences() async throws {
        try await NotificationWorld.with { world in
            let invoice = InvoiceID(.v7())
            try await world.deliver(
                [try world.event(InvoiceFinalized(invoice: world.snapshot(invoice)), subject: invoice)],
                to: "notification.invoice")
            let payment = world.payment(invoice)
            let plan = ChargePlanFacts(
                planID: ChargePlanID(.v7()), invoiceID: invoice, organizationID: world.organizationID,
                accountID: world.accountID, mandateID: MandateID(.v7()), state: .planned,
                chargeOn: try #require(CivilDate("2027-02-01")), step: 0)
            try await world.deliver(
                [
                    try world.event(ChargePlanned(plan: plan), subject: plan.planID),
                    try world.event(
                        PaymentFailed(payment: payment, declineClass: .hard, code: "lost_card"),
                        subject: payment.paymentID),
                ], to: "notification.payment")
            let sender = try await world.call("GET", "/v1/notices").json.elements
            #expect(sender.map { $0["kind"]?.string } == ["payment_failed"])
            #expect(try await world.notices(of: plan, reason: "settled", state: .cancelled) == [])
            #expect(try await world.notices(of: plan, reason: "lost_card", state: .failed) == [])
            #expect(
                try await world.notices(of: plan, reason: "above_cap_per_month", state: .failed)
                    == ["charge_failed"])
            #expect(sender.first?["invoice_number"]?.string == "ACME-000001")
            let client = try await world.call("GET", "/v1/notices", role: .client).json.elements
            #expect(
                Set(client.compactMap { $0["kind"]?.string })
                    == ["payment_failed", "charge_planned", "charge_failed"])
            let other = try await world.call("GET", "/v1/notices", role: .client, account: AccountID(.v7()))
            #expect(other.json.elements.isEmpty)
        }
    }

    @Test("notices come newest first, page by page")
    func pages() async throws {
        try await NotificationWorld.with { world in
            let invoices = (0..<5).map { _ in InvoiceID(.v7()) }
            for invoice in invoices {
                world.clock.advance(by: .seconds(1))
                try await world.deliver([try paid(world, invoice)], to: "notification.invoice")
            }
            var seen: [String] = []
            var path: String? = "/v1/notices?limit=2"
            while let asked = path {
                let answer = try await world.call("GET", asked)
                seen += answer.json.elements.compactMap { $0["invoice_id"]?.string }
                path = answer.response.headers["X-Next-Cursor"].map { "/v1/notices?limit=2&cursor=\($0)" }
            }
            #expect(seen == invoices.reversed().map(\.description))
        }
    }

    @Test("an event without what a notice needs is refused for good, and alone")
    func malformed() async throws {
        try await NotificationWorld.with { world in
            let invoice = InvoiceID(.v7())
            var snapshot = world.snapshot(invoice)
            snapshot.number = nil
            let event = try world.event(InvoicePaid(invoice: snapshot), subject: invoice)
            await #expect(throws: HandlingFailure.permanent("data.invoice.number is missing or malformed")) {
                try await world.deliver([event], to: "notification.invoice")
            }
        }
    }
}

extension NotificationWorld {
    /// The kinds of the sender's new notices after a plan has changed.
    fileprivate func notices(
        of plan: ChargePlanFacts, reason: String, state: ChargePlanState
    ) async throws -> [String] {
        let before = Set(try await call("GET", "/v1/notices").json.elements.map { $0["id"]?.string })
        var changed = plan
        (changed.state, changed.reason) = (state, reason)
        let told = try event(ChargePlanChanged(plan: changed), subject: plan.planID)
        try await deliver([told, told], to: "notification.payment")
        let after = try await call("GET", "/v1/notices").json.elements
        return after.filter { !before.contains($0["id"]?.string) }.compactMap { $0["kind"]?.string }
    }
}
