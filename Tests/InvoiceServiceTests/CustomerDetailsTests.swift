import EventContracts
import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct CustomerDetailsTests {
    private static let whole = """
        {"name":"Example GmbH","email":"office@example.com","zone":"Europe/Berlin","payment_terms_days":14,
        "contacts":[{"name":"Ada","email":"ada@example.com"},
        {"name":"Tim","email":"tim@example.com","role":"technical"},
        {"name":"Eve","email":"eve@example.com","role":"management","receives_invoices":true},
        {"name":"Office","email":"OFFICE@example.com"}],
        "billing_address":{"line1":"Hauptstr. 1","postal_code":"10115","city":"Berlin","country":"DE"},
        "shipping_address":{"line1":"Lager 2","city":"Potsdam","country":"DE"}}
        """

    private func customer(_ world: InvoiceWorld, _ body: String = Self.whole) async throws -> CustomerID {
        let answer = try await world.call("POST", "/v1/customers", body)
        #expect(answer.status == 201)
        return try #require(CustomerID(answer.text("id") ?? ""))
    }

    @Test("contacts, addresses and terms are kept, changed one by one, and emptied by null")
    func kept() async throws {
        try await InvoiceWorld.with { world in
            let id = try await customer(world)
            let fetched = try await world.call("GET", "/v1/customers/\(id)")
            #expect(
                fetched["contacts"]?.elements.map { $0["role"]?.string } == [
                    "billing", "technical", "management", "billing",
                ])
            #expect(
                fetched["contacts"]?.elements.map { $0["receives_invoices"]?.bool } == [
                    true, false, true, true,
                ])
            #expect(fetched["billing_address"]?["postal_code"]?.string == "10115")
            #expect(fetched["shipping_address"]?["city"]?.string == "Potsdam")
            #expect(fetched.text("address") == "Hauptstr. 1\n10115 Berlin\nDE")
            #expect(fetched.text("zone") == "Europe/Berlin")
            let changed = try await world.call(
                "PATCH", "/v1/customers/\(id)",
                #"{"shipping_address":null,"payment_terms_days":null,"contacts":[]}"#)
            #expect(changed["shipping_address"] == nil)
            #expect(changed["payment_terms_days"] == nil)
            #expect(changed["contacts"] == nil)
            #expect(changed["billing_address"]?["city"]?.string == "Berlin")
            #expect(changed.text("zone") == "Europe/Berlin")
        }
    }

    @Test("an invoice goes to the customer and to every contact who gets invoices, and counts as one sending")
    func recipients() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await customer(world))
            #expect(try await world.call("POST", "/v1/invoices/\(id)/send").status == 200)
            let requests = try await world.published().filter { $0.type == "mail.requested.v1" }
                .map { try JSON.decode(InvoiceMailRequested.self, from: $0.data) }
            #expect(requests.map(\.to) == ["office@example.com", "ada@example.com", "eve@example.com"])
            #expect(requests.map(\.recipientName) == ["Example GmbH", "Ada", "Eve"])
            #expect(Set(requests.map(\.mailID)).count == 3)
            try await world.deliver(
                requests.map {
                    MailDelivered(
                        mailID: $0.mailID, kind: "invoice", invoiceID: id, deliveredAt: world.clock.now())
                })
            let invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice["email_sent_count"]?.int64 == 1)
        }
    }

    @Test("a contact alone is enough to send to")
    func contactOnly() async throws {
        try await InvoiceWorld.with { world in
            let id = try await customer(
                world, #"{"name":"A","contacts":[{"name":"Ada","email":"ada@example.com"}]}"#)
            let invoice = try await world.issued(id)
            #expect(try await world.call("POST", "/v1/invoices/\(invoice)/send").status == 200)
        }
    }

    @Test("an invoice without a due day is due when the customer's terms say, where the organization is")
    func terms() async throws {
        try await InvoiceWorld.with { world in
            // 23:30 UTC is the next day in Berlin.
            world.clock.set(try #require(Instant(rfc3339: "2027-01-30T23:30:00Z")))
            let id = try await customer(world)
            let made = try await world.call("POST", "/v1/invoices", #"{"customer_id":"\#(id)","amount":10}"#)
            #expect(made.status == 201)
            #expect(made.text("due_date") == "2027-02-14")
            let named = try await world.call(
                "POST", "/v1/invoices", #"{"customer_id":"\#(id)","amount":10,"due_date":"2027-03-01"}"#)
            #expect(named.text("due_date") == "2027-03-01")
            let other = try await world.customer()
            let refused = try await world.call(
                "POST", "/v1/invoices", #"{"customer_id":"\#(other)","amount":10}"#)
            #expect(refused.status == 422)
            #expect(refused["errors"]?.elements.map { $0["field"]?.string } == ["due_date"])
        }
    }

    @Test("an archived customer is not billed and not listed until it is taken back")
    func archive() async throws {
        try await InvoiceWorld.with { world in
            let id = try await customer(world)
            let kept = try await world.customer()
            let archived = try await world.call("PATCH", "/v1/customers/\(id)", #"{"archived":true}"#)
            #expect(archived["is_archived"]?.bool == true)
            #expect(archived.text("archived_at") == world.clock.now().rfc3339)
            let refused = try await world.call(
                "POST", "/v1/invoices", #"{"customer_id":"\#(id)","amount":10}"#)
            #expect(refused.status == 422)
            #expect(refused["errors"]?.elements.first?["code"]?.string == "archived")
            let listed = try await world.call("GET", "/v1/customers").json.elements
            #expect(listed.map { $0["id"]?.string } == [kept.description])
            let away = try await world.call("GET", "/v1/customers?archived=true").json.elements
            #expect(away.map { $0["id"]?.string } == [id.description])
            #expect(try await world.call("GET", "/v1/customers?archived=1").status == 422)
            try await world.call("PATCH", "/v1/customers/\(id)", #"{"archived":false}"#)
            #expect(try await world.call("GET", "/v1/customers").json.elements.count == 2)
        }
    }

    @Test(
        "what is no contact, address, zone or term is refused where it stands",
        arguments: [
            (#""contacts":[{"name":"A"}]"#, "contacts[0].email"),
            (#""contacts":[{"name":"A","email":"a@b"}]"#, "contacts[0].email"),
            (#""contacts":[{"name":"A","email":"a@b.c","role":"boss"}]"#, "contacts[0].role"),
            (#""contacts":{}"#, "contacts"),
            (#""billing_address":{"country":"Germany"}"#, "billing_address.country"),
            (#""billing_address":"Berlin""#, "billing_address"), (#""zone":"Mars/Base""#, "zone"),
            (#""payment_terms_days":366"#, "payment_terms_days"), (#""archived":"yes""#, "archived"),
        ])
    func badInput(member: String, field: String) async throws {
        try await InvoiceWorld.with { world in
            let answer = try await world.call("POST", "/v1/customers", #"{"name":"A",\#(member)}"#)
            #expect(answer.status == 422)
            #expect(answer["errors"]?.elements.map { $0["field"]?.string } == [field])
        }
    }

    @Test("an erased account leaves no contact and no address behind, and none on a public exchange")
    func erasure() async throws {
        try await InvoiceWorld.with { world in
            let id = try await customer(world)
            let account = AccountID(.v7())
            try await world.deliver([
                InvitationAccepted(
                    invitationID: InvitationID(.v7()), organizationID: world.organizationID,
                    accountID: account, customerID: id)
            ])
            try await world.deliver([AccountErased(accountID: account)])
            let body = try await world.call("GET", "/v1/customers/\(id)").response.body
            let text = String(decoding: body, as: UTF8.self)
            #expect(
                !text.contains("ada@example.com") && !text.contains("Hauptstr") && !text.contains("Lager"))
            for event in try await world.published() where event.type != "customer.person_changed.v1" {
                #expect(!String(decoding: event.data.rawBytes, as: UTF8.self).contains("ada@example.com"))
            }
        }
    }
}
