import EventContracts
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Credit notes reach the client", .timeLimit(.minutes(10))) struct CreditNoteSendTests {
    private func mails(_ world: InvoiceWorld) async throws -> [InvoiceMailRequested] {
        try await world.published().filter { $0.type == InvoiceMailRequested.descriptor.type }
            .map { try JSON.decode(InvoiceMailRequested.self, from: $0.data) }
    }

    @Test("a note is sent when it is issued, or later, with its number, amount and reason")
    func sent() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let path = "/v1/invoices/\(id)/credit_notes"
            let silent = try await world.call("POST", path, #"{"reason":"Returned","amount":"19.99"}"#)
            #expect(silent.status == 201 && silent["sent_at"] == nil)
            #expect(try await mails(world).isEmpty)
            let told = try await world.call(
                "POST", path, #"{"reason":"Discount","amount":10,"send":true}"#)
            #expect(told.status == 201 && told.text("sent_at") == world.clock.now().rfc3339)
            let mail = try #require(try await mails(world).last)
            #expect(mail.kind == .creditNote && mail.invoiceID == id && mail.to == "client@example.com")
            let facts = CreditNoteMail(number: "CN-000002", amountMinor: 1_000, reason: "Discount")
            #expect(mail.creditNote == facts && mail.amountDueMinor == 9_000)
            let note = silent.text("id") ?? ""
            for _ in 0..<2 {
                let sent = try await world.call("POST", "/v1/credit_notes/\(note)/send")
                #expect(sent.status == 200 && sent.text("number") == "CN-000001" && sent["sent_at"] != nil)
            }
            #expect(
                try await mails(world).compactMap(\.creditNote?.number) == [
                    "CN-000002", "CN-000001", "CN-000001",
                ])
            let types = try await world.types(about: id).suffix(5)
            #expect(
                types == [
                    "credit_note.issued.v1", "credit_note.issued.v1", "credit_note.sent.v1",
                    "credit_note.sent.v1", "credit_note.sent.v1",
                ])
            let trail = try await world.call("GET", "/v1/invoices/\(id)/events").json.elements
            #expect(trail.first?["type"]?.string == "credit_note_sent")
            // The invoice itself was not sent by that.
            try await world.deliver(
                try await mails(world).map {
                    MailDelivered(
                        mailID: $0.mailID, kind: "credit_note", invoiceID: id, deliveredAt: world.clock.now())
                })
            let invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice["email_sent_count"]?.int64 == 0 && invoice["email_sent_at"] == nil)
            #expect(try await world.violations() == [])
        }
    }

    @Test("no note goes out that is cancelled, foreign, or has nobody to go to")
    func refused() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let path = "/v1/invoices/\(id)/credit_notes"
            let note = try await world.call("POST", path, #"{"reason":"Mistake","amount":1}"#)
            let send = "/v1/credit_notes/\(note.text("id") ?? "")/send"
            let foreign = world.token(of: OrganizationID(.v7()))
            #expect(try await world.call("POST", send, token: foreign).status == 404)
            try await world.call("POST", "/v1/credit_notes/\(note.text("id") ?? "")/void")
            #expect(try await world.call("POST", send).text("code") == "credit_note_voided")
            let silent = try await world.issued(try await world.customer(email: nil))
            let nobody = try await world.call(
                "POST", "/v1/invoices/\(silent)/credit_notes", #"{"reason":"X","send":true}"#)
            #expect(nobody.text("code") == "customer_without_email")
            // Nothing of it is left, not even a number.
            #expect(try await world.call("GET", "/v1/invoices/\(silent)/credit_notes").json.elements.isEmpty)
            let wrong = try await world.call("POST", path, #"{"reason":"X","send":"yes"}"#)
            #expect(wrong.fields == ["send"])
            #expect(try await mails(world).isEmpty)
            #expect(try await world.violations() == [])
        }
    }
}
