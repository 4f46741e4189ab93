import EventContracts
import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct AuditTrailTests {
    @Test("the history of an invoice tells who did what and when, what changed, and what money and mails did")
    func history() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let author = AccountID(.v7())
            let token = world.token(of: world.organizationID, account: author)
            let made = try await world.call(
                "POST", "/v1/invoices",
                #"{"customer_id":"\#(customer)","due_date":"2027-02-28","amount":10}"#,
                token: token)
            let id = try #require(InvoiceID(made.text("id") ?? ""))
            world.clock.advance(by: .seconds(1))
            try await world.call(
                "PUT", "/v1/invoices/\(id)", #"{"amount":"12.50","due_date":"2027-03-31"}"#)
            world.clock.advance(by: .seconds(1))
            try await world.call("POST", "/v1/invoices/\(id)/send", #"{"finalize":true}"#)
            world.clock.advance(by: .seconds(1))
            let mails = try await world.published().filter { $0.type == "mail.requested.v1" }
            let mail = try JSON.decode(InvoiceMailRequested.self, from: try #require(mails.first).data).mailID
            try await world.deliver([
                MailDelivered(mailID: mail, kind: "invoice", invoiceID: id, deliveredAt: world.clock.now())
            ])
            world.clock.advance(by: .seconds(1))
            let payment = PaymentID(.v7())
            try await world.pay(1_250, id, id: payment)
            world.clock.advance(by: .seconds(1))
            try await world.refund(250, of: payment, for: id)
            let entries = try await world.events(id).reversed()
            #expect(
                entries.map { $0["type"]?.string } == [
                    "created", "updated", "finalized", "sent", "mail_delivered", "payment_received",
                    "refunded",
                ])
            let first = try #require(entries.first)
            #expect(first["actor"]?["type"]?.string == "account")
            #expect(first["actor"]?["id"]?.string == author.description)
            #expect(first["at"]?.string == "2027-01-15T08:00:00.000Z")
            #expect(first["status"]?.string == "draft" && first["changes"] == nil)
            func changes(_ index: Int) -> [String] {
                let entry = Array(entries)[index]
                return (entry["changes"]?.elements ?? []).map {
                    "\($0["field"]?.string ?? ""): \($0["from"]?.string ?? "") to \($0["to"]?.string ?? "")"
                }
            }
            #expect(changes(1) == ["total: 10.00 to 12.50", "due_date: 2027-02-28 to 2027-03-31"])
            #expect(changes(2) == ["status: draft to finalized", "number:  to ACME-000001"])
            #expect(changes(3) == [])
            let received = Array(entries)[5]
            #expect(received["amount"]?.numberText == "12.5" && received["currency"]?.string == "usd")
            #expect(received["payment_id"]?.string == payment.description)
            #expect(received["method"]?.string == "card" && received["actor"]?["type"]?.string == "service")
            #expect(Array(entries)[4]["mail_id"]?.string == mail.description)
            #expect(Array(entries)[6]["amount"]?.numberText == "2.5")
        }
    }

    @Test("machines and superadmins are named as such, and what was refused leaves no entry")
    func actors() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let machine = AccountID(.v7())
            let key = world.token(of: world.organizationID, account: machine, role: .machine)
            try await world.call("POST", "/v1/invoices/\(id)/void", token: key)
            #expect(try await world.call("POST", "/v1/invoices/\(id)/void").status == 409)
            let entries = try await world.events(id)
            #expect(entries.map { $0["type"]?.string } == ["voided", "finalized", "created"])
            #expect(entries.first?["actor"]?["type"]?.string == "machine")
            #expect(entries.first?["actor"]?["id"]?.string == APIKeyID(machine.raw).description)
        }
    }

    @Test("a deleted draft keeps its history, and pages follow each other")
    func pages() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.draft(try await world.customer())
            for number in 1...4 {
                try await world.call("PUT", "/v1/invoices/\(id)", #"{"amount":\#(number)}"#)
            }
            try await world.call("DELETE", "/v1/invoices/\(id)")
            var seen: [String] = []
            var path = "/v1/invoices/\(id)/events?limit=2"
            while true {
                let page = try await world.call("GET", path)
                #expect(page.json.elements.count == 2)
                seen += page.json.elements.compactMap { $0["type"]?.string }
                guard let link = page.response.headers["link"] else { break }
                path = String(link.dropFirst().prefix { $0 != ">" })
            }
            // All at one moment, and still in the order in which it was done.
            #expect(seen == ["deleted", "updated", "updated", "updated", "updated", "created"])
            #expect(try await world.call("GET", "/v1/invoices/\(id)/events?cursor=x").status == 422)
        }
    }

    @Test("another organization and the client see no history")
    func tenancy() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            try await world.pay(11_999, id)
            let stranger = world.token(of: OrganizationID(.v7()))
            #expect(try await world.call("GET", "/v1/invoices/\(id)/events", token: stranger).status == 404)
            let client = world.token(of: nil, role: .client)
            #expect(try await world.call("GET", "/v1/invoices/\(id)/events", token: client).status == 403)
        }
    }

    @Test(
        "the service itself cannot change what was written",
        arguments: ["audit_entries", "receipts", "refunds"],
        ["UPDATE %", "DELETE FROM %", "TRUNCATE %"])
    func immutable(table: String, statement: String) async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let payment = PaymentID(.v7())
            try await world.pay(11_999, id, id: payment)
            try await world.refund(1, of: payment, for: id)
            let change = statement.hasPrefix("UPDATE") ? " SET organization_id = gen_random_uuid()" : ""
            let sql = statement.replacing("%", with: table) + change
            do {
                _ = try await world.pool.transaction { tx in try tx.execute(sql) }
                Issue.record("\(sql) was carried out")
            } catch let error as PostgresError {
                #expect(error.sqlState == "42501")
                #expect(error.message.contains("permission denied"))
            }
            // Nor when it has given itself the right again.
            do {
                _ = try await world.pool.transaction { tx in
                    try tx.execute("GRANT ALL ON \(table) TO CURRENT_USER")
                    return try tx.execute(sql)
                }
                Issue.record("\(sql) was carried out")
            } catch let error as PostgresError {
                #expect(error.message.contains("only ever added to"))
            }
        }
    }
}

extension InvoiceWorld {
    func events(_ id: InvoiceID) async throws -> [JSONNode] {
        let answer = try await call("GET", "/v1/invoices/\(id)/events")
        #expect(answer.status == 200)
        return answer.json.elements
    }
}
