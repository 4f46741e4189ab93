import EventContracts
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct CustomerRoutesTests {
    @Test("a customer's particulars travel on the private exchange and nowhere else")
    func particulars() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.customer()
            let changed = try await world.call(
                "PATCH", "/v1/customers/\(id)",
                #"{"email":"new@example.com","metadata":{"plan":"gold"},"external_id":"e1"}"#)
            #expect(changed.status == 200)
            #expect(changed.text("email") == "new@example.com")
            #expect(changed.text("name") == "Client")
            #expect(changed["metadata"]?["plan"]?.string == "gold")
            let events = try await world.published()
            #expect(
                events.map(\.type) == [
                    "customer.created.v1", "customer.person_changed.v1", "customer.updated.v1",
                    "customer.person_changed.v1",
                ])
            for event in events where event.type != "customer.person_changed.v1" {
                #expect(!String(decoding: event.data.rawBytes, as: UTF8.self).contains("example.com"))
            }
            #expect(events.map(\.sequence) == [1, nil, 2, nil])
            #expect(events.last?.data["version"]?.int64 == 2)
        }
    }

    @Test("an external id belongs to one customer")
    func externalID() async throws {
        try await InvoiceWorld.with { world in
            let body = #"{"name":"A","external_id":"e1"}"#
            #expect(try await world.call("POST", "/v1/customers", body).status == 201)
            let second = try await world.call("POST", "/v1/customers", body)
            #expect(second.status == 409)
            #expect(second.text("code") == "external_id_taken")
        }
    }

    @Test(
        "addresses that could break a mail are refused",
        arguments: [
            "a", "a@b", "a@b.c,d@e.f", "<a@b.c>", "a@b.c\\r\\nBcc: d@e.f", "a b@c.d", "@b.c", "a@.b.c",
        ])
    func addresses(email: String) async throws {
        try await InvoiceWorld.with { world in
            let answer = try await world.call("POST", "/v1/customers", #"{"name":"A","email":"\#(email)"}"#)
            #expect(answer.status == 422)
        }
    }

    @Test(
        "metadata that cannot be stored is refused, not an error of ours",
        arguments: [#"{"a":"\u0000"}"#, #"[1]"#, #""text""#])
    func metadata(metadata: String) async throws {
        try await InvoiceWorld.with { world in
            let answer = try await world.call(
                "POST", "/v1/customers", #"{"name":"A","metadata":\#(metadata)}"#)
            #expect(answer.status == 422)
        }
    }

    @Test("a customer is linked to the account that accepted the invitation, once")
    func linking() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.customer()
            let account = AccountID(.v7())
            let accepted = InvitationAccepted(
                invitationID: InvitationID(.v7()), organizationID: world.organizationID, accountID: account,
                customerID: id)
            try await world.deliver([accepted, accepted])
            let customer = try await world.call("GET", "/v1/customers/\(id)")
            #expect(customer.text("account_id") == account.description)
            let linked = try await world.published().filter { $0.type == "customer.linked.v1" }
            #expect(linked.count == 1)
            #expect(linked.first?.sequence == 2)
            #expect(linked.first?.data["customer"]?["account_id"]?.string == account.description)
        }
    }

    @Test(
        "what is wrong with tax details is named field by field",
        arguments: [
            (#""tax_status":"none""#, ["tax_status"]),
            (#""tax_ids":[{}]"#, ["tax_ids[0].type", "tax_ids[0].value"]),
            (#""tax_ids":[{"type":"EU VAT","value":"1"}]"#, ["tax_ids[0].type"]),
            (#""tax_ids":[{"type":"eu_vat","value":""}]"#, ["tax_ids[0].value"]),
            (#""tax_ids":{}"#, ["tax_ids"]),
        ])
    func taxDetails(members: String, fields: [String]) async throws {
        try await InvoiceWorld.with { world in
            let answer = try await world.call("POST", "/v1/customers", "{\"name\":\"A\",\(members)}")
            #expect(answer.status == 422)
            #expect(answer["errors"]?.elements.compactMap { $0["field"]?.string } == fields)
        }
    }

    @Test("an erased account leaves no name, address or e-mail behind")
    func erasure() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.customer()
            let account = AccountID(.v7())
            _ = try await world.call(
                "PATCH", "/v1/customers/\(id)", #"{"tax_ids":[{"type":"de_stn","value":"181/815/08155"}]}"#)
            try await world.deliver([
                InvitationAccepted(
                    invitationID: InvitationID(.v7()), organizationID: world.organizationID,
                    accountID: account,
                    customerID: id)
            ])
            try await world.deliver([AccountErased(accountID: account)])
            let customer = try await world.call("GET", "/v1/customers/\(id)")
            #expect(customer.text("name") == "(erased)")
            #expect(customer["email"] == nil && customer["tax_ids"] == nil)
        }
    }

    @Test("an older event about an organization changes nothing")
    func organizationOrder() async throws {
        try await InvoiceWorld.with { world in
            try await world.organizationExists(currency: "EUR", prefix: "NEW", sequence: 5)
            try await world.organizationExists(currency: "JPY", prefix: "OLD", sequence: 3)
            let customer = try await world.customer()
            let id = try await world.issued(customer)
            let invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice.text("currency") == "eur")
            #expect(invoice.text("number") == "NEW-000001")
        }
    }

    @Test("an organization that was lost comes back with a snapshot, and an older snapshot changes nothing")
    func organizationSnapshot() async throws {
        try await InvoiceWorld.with { world in
            _ = try await world.pool.transaction { tx in try tx.execute("DELETE FROM organizations") }
            let snapshots = try ["NEW", "OLD"].map { prefix in
                OrganizationSnapshotTaken(
                    organization: OrganizationFacts(
                        organizationID: world.organizationID,
                        currency: try #require(Currency(code: "EUR")), zone: .utc, invoicePrefix: prefix,
                        payLinkDays: 30, payLinkOneTime: false))
            }
            try await world.deliver([snapshots[0]], sequence: 5)
            try await world.deliver([snapshots[1]], sequence: 4)
            let id = try await world.issued(try await world.customer())
            let invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice.text("number") == "NEW-000001")
        }
    }
}
