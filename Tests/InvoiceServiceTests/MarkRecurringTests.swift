import EventContracts
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("An invoice is made the first of a series", .timeLimit(.minutes(10))) struct MarkRecurringTests {
    @Test("a new invoice says that it is recurring, and is the first of its series")
    func creating() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let body = """
                {"customer_id":"\(customer)","due_date":"2027-01-29","title":"Hosting","terms":"Net 14",
                 "discount":{"percent":10},"metadata":{"k":"v"},
                 "line_items":[{"description":"Server","unit_amount":"0.0035","quantity":10000}],
                 "recurring":{"unit":"month","name":"Hosting","auto_send":true}}
                """
            let made = try await world.call("POST", "/v1/invoices", body)
            #expect(made.status == 201 && made.text("occurrence_date") == "2027-01-15")
            let id = try #require(RecurringInvoiceID(made.text("recurring_invoice_id") ?? ""))
            let series = try await world.call("GET", "/v1/recurring_invoices/\(id)")
            #expect(series.text("next_date") == "2027-02-15" && series["invoice_count"]?.int64 == 1)
            #expect(series["due_after_days"]?.int64 == 14)
            #expect(series["invoice"]?["terms"]?.string == "Net 14")
            let created = try #require(try await world.published().first { $0.type == "invoice.created.v1" })
            let snapshot = try JSON.decode(InvoiceCreated.self, from: created.data).invoice
            #expect(snapshot.recurringInvoiceID == id)
            try await world.daysCome(["2027-02-15"], of: id)
            let invoices = try await world.invoices(of: id)
            #expect(invoices.compactMap { $0["total"]?.numberText } == ["31.5", "31.5"])
            #expect(invoices.last?["metadata"]?["k"]?.string == "v")
            #expect(try await world.violations() == [])

            let wrong = try await world.call(
                "POST", "/v1/invoices",
                """
                {"customer_id":"\(customer)","due_date":"2027-01-29","amount":5,
                 "recurring":{"every":0,"end_date":"2027-01-01"}}
                """)
            let fields = wrong["errors"]?.elements.compactMap { $0["field"]?.string }
            #expect(wrong.status == 422 && fields == ["recurring.every", "recurring.unit"])
        }
    }

    @Test("an invoice that is there becomes the first of a series, as a draft and when it is issued")
    func existing() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            for invoice in [try await world.draft(customer), try await world.issued(customer)] {
                let path = "/v1/invoices/\(invoice)"
                let before = try await world.call("GET", path).text("status")
                let marked = try await world.call("POST", path + "/make_recurring", #"{"unit":"week"}"#)
                #expect(marked.status == 201 && marked.text("next_date") == "2027-01-22")
                let id = try #require(RecurringInvoiceID(marked.text("id") ?? ""))
                let read = try await world.call("GET", path)
                #expect(read.text("recurring_invoice_id") == id.description)
                #expect(read.text("status") == before && read.number("total") == "119.99")
                let again = try await world.call("POST", path + "/make_recurring", #"{"unit":"week"}"#)
                #expect(again.status == 409 && again.text("code") == "invoice_recurring")
                let sent = try await world.call("POST", path + "/send", #"{"finalize":true}"#)
                #expect(sent.status == 200)
                let told = try #require(try await world.published().last { $0.type == "invoice.sent.v1" })
                let snapshot = try JSON.decode(InvoiceSent.self, from: told.data).invoice
                #expect(snapshot.recurringInvoiceID == id)
                try await world.daysCome(["2027-01-22"], of: id)
                let invoices = try await world.invoices(of: id)
                #expect(invoices.compactMap { $0["total"]?.numberText } == ["119.99", "119.99"])
                #expect(invoices.last?["due_date"]?.string == "2027-03-07")
            }
            #expect(try await world.violations() == [])
        }
    }

    @Test("a copy of an invoice of a series stands alone, and a voided one begins none")
    func apart() async throws {
        try await InvoiceWorld.with { world in
            let invoice = try await world.issued(try await world.customer())
            let path = "/v1/invoices/\(invoice)"
            #expect(try await world.call("POST", path + "/make_recurring", #"{"unit":"day"}"#).status == 201)
            let copy = try await world.call("POST", path + "/duplicate")
            #expect(copy.status == 201 && copy["recurring_invoice_id"] == nil)
            let voided = try await world.issued(try await world.customer())
            #expect(try await world.call("POST", "/v1/invoices/\(voided)/void").status == 200)
            let refused = try await world.call(
                "POST", "/v1/invoices/\(voided)/make_recurring", #"{"unit":"day"}"#)
            #expect(refused.status == 409 && refused.text("code") == "invoice_voided")
            let nobody = try await world.call(
                "POST", "/v1/invoices/\(InvoiceID(.v7()))/make_recurring", #"{"unit":"day"}"#)
            #expect(nobody.status == 404)
        }
    }
}
