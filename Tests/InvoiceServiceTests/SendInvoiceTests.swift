import Crypto
import EventContracts
import Postgres
import Primitives
import ServiceKit
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct SendInvoiceTests {
    @Test("sending issues a draft when asked, and the mail carries a sealed link that is valid")
    func sealedLink() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.draft(try await world.customer())
            #expect(
                try await world.call("POST", "/v1/invoices/\(id)/send").text("code") == "invoice_is_draft")
            let sent = try await world.call("POST", "/v1/invoices/\(id)/send", #"{"finalize":true}"#)
            #expect(sent.status == 200)
            #expect(sent.text("status") == "finalized")
            #expect(sent["email_sent"]?.bool == false)
            let mail = try #require(try await world.published().first { $0.type == "mail.requested.v1" })
            let request = try JSON.decode(InvoiceMailRequested.self, from: mail.data)
            #expect(request.to == "client@example.com")
            #expect(request.number == "ACME-000001")
            #expect(request.amountDueMinor == 11_999)
            #expect(request.title == "Consulting")
            let sealed = try #require(Base64URL.decode(request.sealedLink))
            let link = String(decoding: try #require(world.unsealing.open(sealed)), as: UTF8.self)
            let token = try #require(link.split(separator: "/").last)
            #expect(link == "https://pay.example/pay/invoice/\(token)")
            #expect(token.hasPrefix("INV-ACME-000001-"))
            let checked = try world.payLinkKeys.verify(String(token))
            #expect(checked.invoiceID == id.raw)
            #expect(checked.generation == 1)
            // Nothing that is public or stored holds the link.
            let stored = try await world.pool.transaction { tx in
                try tx.query("SELECT convert_from(body, 'UTF8') FROM events").column(0, as: String.self)
            }
            #expect(!stored.contains { $0.contains(token) })
            #expect(try await world.types(about: id).last == "invoice.sent.v1")
        }
    }

    @Test("a delivered mail is counted once")
    func deliveries() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            for _ in 0..<2 { try await world.call("POST", "/v1/invoices/\(id)/send_email") }
            let mails = try await world.published().filter { $0.type == "mail.requested.v1" }
                .map { try JSON.decode(InvoiceMailRequested.self, from: $0.data).mailID }
            let delivered = mails.map {
                MailDelivered(mailID: $0, kind: "invoice", invoiceID: id, deliveredAt: world.clock.now())
            }
            try await world.deliver(delivered)
            try await world.deliver(delivered)
            let invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice["email_sent_count"]?.int64 == 2)
            #expect(invoice["email_sent"]?.bool == true)
            #expect(invoice.text("email_sent_at") == world.clock.now().rfc3339)
        }
    }

    @Test("a customer without an address cannot be sent anything, and nothing is issued by trying")
    func noAddress() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.draft(try await world.customer(email: nil))
            let answer = try await world.call("POST", "/v1/invoices/\(id)/send", #"{"finalize":true}"#)
            #expect(answer.text("code") == "customer_without_email")
            #expect(try await world.call("GET", "/v1/invoices/\(id)").text("status") == "draft")
        }
    }

    @Test("snapshots tell every issued invoice and every customer as they are, page by page")
    func snapshots() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            var ids: [InvoiceID] = []
            for _ in 0..<5 {
                world.clock.advance(by: .seconds(1))
                ids.append(try await world.issued(customer))
            }
            _ = try await world.draft(customer)
            try await world.pay(11_999, ids[2])
            let sources = world.snapshots
            var seen: [EventEnvelope] = []
            for source in sources {
                var cursor: RawID?
                repeat {
                    let from = cursor
                    let page = try await world.pool.transaction { tx in
                        try source.page(after: from, limit: 2, in: tx)
                    }
                    seen += try page.events.map { try EventEnvelope(parsing: $0.body) }
                    cursor = page.next
                } while cursor != nil
            }
            let invoices = seen.filter { $0.type == "invoice.snapshot.v1" }
            #expect(invoices.map(\.subject) == ids.map(\.description))
            // The sequence is that of the last event, so that a projection knows what it may pass over.
            #expect(invoices.map(\.sequence) == [2, 2, 4, 2, 2])
            let paid = try JSON.decode(InvoiceSnapshotTaken.self, from: invoices[2].data).invoice
            #expect(paid.status == .paid)
            #expect(seen.filter { $0.type == "customer.snapshot.v1" }.count == 1)
        }
    }
}
