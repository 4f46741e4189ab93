import EventContracts
import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite(.timeLimit(.minutes(10))) struct CreditNoteTests {
    private func credit(
        _ id: InvoiceID, _ members: String = "", in world: InvoiceWorld, token: String? = nil
    ) async throws -> InvoiceWorld.Answer {
        let rest = members.isEmpty ? "" : ",\(members)"
        return try await world.call(
            "POST", "/v1/invoices/\(id)/credit_notes", #"{"reason":"Returned"\#(rest)}"#, token: token)
    }

    private func refunded(_ amount: Int64, of id: InvoiceID, in world: InvoiceWorld) async throws {
        let refund = RefundFacts(
            refundID: RefundID(.v7()), organizationID: world.organizationID, paymentID: PaymentID(.v7()),
            invoiceID: id, currency: try #require(Currency(code: "USD")), amountMinor: amount,
            reason: "surplus")
        try await world.deliver([RefundSucceeded(refund: refund, succeededAt: world.clock.now())])
    }

    /// Delivers a payment until it is booked, as a consumer does when somebody else changes the invoice all the time.
    private func pay(_ amount: Int64, _ id: InvoiceID, in world: InvoiceWorld) async throws {
        let payment = PaymentID(.v7())
        try await eventually {
            do {
                try await world.pay(amount, id, id: payment)
                return true
            } catch let error as PostgresError where error.code == .serializationFailure {
                return false
            }
        }
    }

    @Test("a note over part of an open invoice lowers what is due; one over the rest pays it")
    func reduce() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let id = try await world.issued(customer)
            let first = try await credit(id, #""amount":"19.99""#, in: world)
            #expect(first.status == 201)
            #expect(first.text("number") == "CN-000001")
            #expect(first.text("settle") == "reduce")
            #expect(first.number("amount_reduced") == "19.99")
            #expect(first.number("amount_returned") == "0")
            var invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice.text("status") == "finalized")
            #expect(invoice.number("amount_due") == "100")
            #expect(invoice.number("amount_credited") == "19.99")
            let rest = try await credit(id, in: world)
            #expect(rest.number("amount") == "100")
            invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice.text("status") == "paid")
            #expect(invoice.text("payment_status") == "paid")
            #expect(invoice.number("amount_due") == "0")
            let none = try await credit(id, in: world)
            #expect(none.status == 409)
            #expect(none.text("code") == "credit_exceeds_invoice")
            #expect(
                try await world.types(about: id) == [
                    "invoice.created.v1", "invoice.finalized.v1", "credit_note.issued.v1",
                    "credit_note.issued.v1", "invoice.paid.v1",
                ])
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "a note that is larger than what is due is split, and what was paid goes back as it was decided",
        arguments: [("", "refund"), (#","settle":"refund""#, "refund"), (#","settle":"credit""#, "credit")])
    func split(settle: String, becomes: String) async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            try await world.pay(10_000, id)
            let refused = try await credit(id, #""amount":30,"settle":"reduce""#, in: world)
            #expect(refused.status == 422)
            #expect(refused["errors"]?.elements.first?["code"]?.string == "exceeds_due")
            let note = try await credit(id, #""amount":30\#(settle)"#, in: world)
            #expect(note.status == 201)
            #expect(note.number("amount_reduced") == "19.99")
            #expect(note.number("amount_returned") == "10.01")
            #expect(note.text("settle") == becomes)
            let event = try #require(
                try await world.published().last { $0.type == "credit_note.issued.v1" })
            let issued = try JSON.decode(CreditNoteIssued.self, from: event.data)
            #expect(issued.invoice.amountCreditedMinor == 3_000)
            #expect(issued.invoice.amountDueMinor == 0)
            #expect(issued.invoice.amountToCreditMinor == (becomes == "credit" ? 1_001 : nil))
            #expect(issued.creditNote.returnedMinor == 1_001)
            #expect(!String(decoding: event.data.rawBytes, as: UTF8.self).contains("Returned"))
            if becomes == "refund" {
                try await refunded(1_001, of: id, in: world)
                let invoice = try await world.call("GET", "/v1/invoices/\(id)")
                #expect(invoice.text("status") == "paid")
                #expect(invoice.text("payment_status") == "paid")
                #expect(invoice.number("amount_refunded") == "10.01")
            }
            #expect(try await world.violations() == [])
        }
    }

    @Test("what was refunded before is not given back again by the note that documents it")
    func afterRefund() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            try await world.pay(11_999, id)
            try await refunded(2_000, of: id, in: world)
            let note = try await credit(id, #""amount":50"#, in: world)
            #expect(note.number("amount_reduced") == "0")
            #expect(note.number("amount_returned") == "30")
        }
    }

    @Test("lines are credited by quantity or amount, with their tax")
    func lines() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let rate = try #require(
                try await world.call("POST", "/v1/tax_rates", #"{"name":"VAT","percentage":19}"#).text("id"))
            let made = try await world.call(
                "POST", "/v1/invoices",
                """
                {"customer_id":"\(customer)","due_date":"2027-02-28","line_items":[
                {"description":"A","amount":50,"quantity":4,"tax_rates":["\(rate)"]},
                {"description":"B","amount":10}]}
                """)
            let id = try #require(InvoiceID(made.text("id") ?? ""))
            let issued = try await world.call("POST", "/v1/invoices/\(id)/finalize")
            let ids = try #require(issued["line_items"]?.elements.map { $0["id"]?.string ?? "" })
            let note = try await credit(
                id, #""line_items":[{"id":"\#(ids[0])","quantity":1},{"id":"\#(ids[1])","amount":"2.50"}]"#,
                in: world)
            #expect(note.status == 201)
            #expect(note.number("amount") == "62")
            #expect(note.number("tax_total") == "9.5")
            #expect(note["tax_summary"]?.elements.first?["tax_rate_id"]?.string == rate)
            #expect(note["line_items"]?.elements.map { $0["amount"]?.numberText } == ["59.5", "2.5"])
            let tooMuch = try await credit(
                id, #""line_items":[{"id":"\#(ids[0])","quantity":"3.5"}]"#, in: world)
            #expect(tooMuch.text("code") == "credit_exceeds_invoice")
            let rest = try await credit(id, in: world)
            #expect(rest.number("amount") == "186")
            #expect(rest.number("tax_total") == "28.5")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a note that only lowered what is due can be cancelled while something is due; its number stays")
    func void() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let note = try #require(try await credit(id, #""amount":20"#, in: world).text("id"))
            let voided = try await world.call("POST", "/v1/credit_notes/\(note)/void")
            #expect(voided.status == 200)
            #expect(voided.text("status") == "voided")
            let invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice.number("amount_due") == "119.99")
            #expect(try await world.types(about: id).last == "credit_note.voided.v1")
            let again = try await world.call("POST", "/v1/credit_notes/\(note)/void")
            #expect(again.text("code") == "credit_note_voided")
            let last = try await credit(id, in: world)
            #expect(last.text("number") == "CN-000002")
            #expect(last.number("amount") == "119.99")
            let trail = try await world.call("GET", "/v1/invoices/\(id)/events").json.elements
            #expect(
                trail.prefix(4).map { $0["type"]?.string } == [
                    "paid", "credit_note_issued", "credit_note_voided", "credit_note_issued",
                ])
            let settled = try await world.call("POST", "/v1/credit_notes/\(last.text("id") ?? "")/void")
            #expect(settled.status == 409)
            #expect(settled.text("code") == "credit_note_settled")
            #expect(try await world.violations() == [])
        }
    }

    @Test("notes that are written at once take back the invoice once, under numbers without a gap")
    func parallel() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<30 {
                    group.addTask {
                        if index == 7 { try await pay(5_000, id, in: world) }
                        let answer = try await credit(id, #""amount":10"#, in: world)
                        #expect([201, 409].contains(answer.status))
                    }
                }
                try await group.waitForAll()
            }
            let notes = try await world.call("GET", "/v1/invoices/\(id)/credit_notes?limit=200").json.elements
            #expect(notes.count == 11)
            let numbers = notes.compactMap { $0["number"]?.string }.sorted()
            #expect(numbers == (1...11).map { "CN-0000\($0 < 10 ? "0" : "")\($0)" })
            let invoice = try await world.call("GET", "/v1/invoices/\(id)")
            #expect(invoice.number("amount_credited") == "110")
            #expect(invoice.number("amount_paid") == "50")
            #expect(try await world.violations() == [])
        }
    }

    @Test("notes are listed by invoice and customer, page by page, for their own organization only")
    func lists() async throws {
        try await InvoiceWorld.with { world in
            let customers = [try await world.customer(), try await world.customer()]
            var ids: [String] = []
            for customer in customers {
                let id = try await world.issued(customer)
                for _ in 0..<2 {
                    world.clock.advance(by: .milliseconds(1))
                    let note = try await credit(id, #""amount":1"#, in: world)
                    ids.append(try #require(note.text("id")))
                }
            }
            func listed(_ query: String, token: String? = nil) async throws -> [String?] {
                try await world.call("GET", "/v1/credit_notes\(query)", token: token).json.elements
                    .map { $0["id"]?.string }
            }
            #expect(try await listed("") == ids.reversed())
            #expect(try await listed("?customer_id=\(customers[0])") == [ids[1], ids[0]])
            let page = try await world.call("GET", "/v1/credit_notes?limit=3")
            #expect(page.json.elements.count == 3)
            let cursor = try #require(page.response.headers["x-next-cursor"])
            #expect(try await listed("?cursor=\(cursor)") == [ids[0]])
            #expect(try await world.call("GET", "/v1/credit_notes/\(ids[2])").text("id") == ids[2])
            let stranger = world.token(of: OrganizationID(.v7()))
            #expect(try await listed("", token: stranger) == [])
            let hidden = try await world.call("GET", "/v1/credit_notes/\(ids[2])", token: stranger)
            #expect(hidden.status == 404)
            let foreign = try await world.call(
                "POST", "/v1/credit_notes/\(ids[2])/void", token: stranger)
            #expect(foreign.status == 404)
        }
    }

    @Test("who may not give money back may lower what is due, and the same key writes one note")
    func rights() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let clerk = world.token(
                of: world.organizationID, role: .member, permissions: [.invoicesRead, .invoicesWrite])
            for _ in 0..<2 {
                let note = try await world.call(
                    "POST", "/v1/invoices/\(id)/credit_notes", #"{"reason":"R","amount":10}"#, token: clerk,
                    key: "n1")
                #expect(note.status == 201)
            }
            try await world.pay(10_999, id)
            #expect(try await credit(id, #""amount":10"#, in: world, token: clerk).status == 403)
            #expect(try await world.call("GET", "/v1/credit_notes").json.elements.count == 1)
        }
    }

    @Test(
        "what is no credit note is refused where it stands",
        arguments: [
            ("{}", "reason"), (#"{"reason":""}"#, "reason"), (#"{"reason":"R","amount":0}"#, "amount"),
            (#"{"reason":"R","amount":"0.001"}"#, "amount"), (#"{"reason":"R","settle":"cash"}"#, "settle"),
            (#"{"reason":"R","settle":"refund"}"#, "settle"),
            (#"{"reason":"R","line_items":[]}"#, "line_items"),
            (#"{"reason":"R","amount":1,"line_items":[{"id":"li_1","amount":1}]}"#, "line_items[0].id"),
            (
                #"{"reason":"R","line_items":[{"id":"li_00000000000000000000000000","amount":1,"quantity":1}]}"#,
                "line_items[0].amount"
            ),
            (
                #"{"reason":"R","line_items":[{"id":"li_00000000000000000000000000","amount":1}]}"#,
                "line_items"
            ),
        ])
    func badInput(body: String, field: String) async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.issued(try await world.customer())
            let answer = try await world.call("POST", "/v1/invoices/\(id)/credit_notes", body)
            #expect(answer.status == 422)
            #expect(answer["errors"]?.elements.first?["field"]?.string == field)
        }
    }

    @Test("a draft and a voided invoice take no note, and another organization's is not there")
    func refused() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let draft = try await world.draft(customer)
            #expect(try await credit(draft, in: world).text("code") == "invoice_is_draft")
            let voided = try await world.issued(customer)
            try await world.call("POST", "/v1/invoices/\(voided)/void")
            #expect(try await credit(voided, in: world).text("code") == "invoice_voided")
            let other = OrganizationID(.v7())
            try await world.organizationExists(other)
            let foreign = try await credit(voided, in: world, token: world.token(of: other))
            #expect(foreign.status == 404)
            #expect(try await world.violations() == [])
        }
    }
}
