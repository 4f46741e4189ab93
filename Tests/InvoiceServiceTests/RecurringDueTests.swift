import EventContracts
import Messaging
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Each day of a series becomes one invoice", .timeLimit(.minutes(10))) struct RecurringDueTests {
    private static let sending =
        #""unit":"month","start_date":"2027-01-31","due_after_days":14,"auto_send":true"#

    @Test("the day makes an invoice, issues and sends it, however often it is said")
    func once() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.series(try await world.customer(), Self.sending)
            world.clock.advance(by: .seconds(16 * 86_400))
            for _ in 0..<3 { try await world.daysCome(["2027-01-31", "2027-01-31"], of: id) }
            let invoices = try await world.invoices(of: id)
            #expect(invoices.count == 1)
            let invoice = try #require(invoices.first)
            #expect(invoice["status"]?.string == "finalized" && invoice["number"]?.string == "ACME-000001")
            #expect(invoice["recurring_invoice_id"]?.string == id.description)
            #expect(invoice["occurrence_date"]?.string == "2027-01-31")
            #expect(invoice["issue_date"]?.string == "2027-01-31")
            #expect(invoice["due_date"]?.string == "2027-02-14")
            let types = try await world.types(about: invoice["id"]?.string ?? "")
            #expect(types == ["invoice.created.v1", "invoice.finalized.v1", "invoice.sent.v1"])
            let trail = try await world.call("GET", "/v1/invoices/\(invoice["id"]?.string ?? "")/events")
            #expect(
                trail.json.elements.compactMap { $0["type"]?.string } == ["sent", "finalized", "created"])
            let mails = try await world.published().filter { $0.type == "mail.requested.v1" }
            #expect(mails.count == 1)
            let issued = try #require(try await world.published().first { $0.type == "invoice.finalized.v1" })
            let snapshot = try JSON.decode(InvoiceFinalized.self, from: issued.data).invoice
            #expect(snapshot.recurringInvoiceID == id)
            let series = try await world.call("GET", "/v1/recurring_invoices/\(id)")
            #expect(series.text("next_date") == "2027-02-28" && series["invoice_count"]?.int64 == 1)
            #expect(try await world.timers(of: id).count == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("without more it issues, and it leaves drafts where that is asked for")
    func drafts() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer(email: nil)
            let issuing = try await world.series(customer)
            let drafting = try await world.series(
                customer,
                #""unit":"month","start_date":"2027-01-31","due_after_days":0,"auto_finalize":false"#)
            world.clock.advance(by: .seconds(16 * 86_400))
            for id in [issuing, drafting] { try await world.daysCome(["2027-01-31"], of: id) }
            #expect(try await world.invoices(of: issuing).map { $0["status"]?.string } == ["finalized"])
            let drafts = try await world.invoices(of: drafting)
            #expect(drafts.map { $0["status"]?.string } == ["draft"])
            // A draft that is thrown away does not come again.
            let draft = drafts.first?["id"]?.string ?? ""
            #expect(try await world.call("DELETE", "/v1/invoices/\(draft)").status == 204)
            try await world.daysCome(["2027-01-31"], of: drafting)
            #expect(try await world.invoices(of: drafting).isEmpty)
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "days that were missed are made once each, in their order, in whatever order they arrive",
        arguments: [
            [["2027-01-31", "2027-02-28", "2027-03-31"]],
            [["2027-03-31", "2027-01-31", "2027-02-28"]],
            [["2027-03-31"], ["2027-01-31"], ["2027-02-28", "2027-03-31"]],
            [["2027-02-28"], ["2027-03-31"], ["2027-01-31"]],
        ])
    func missed(batches: [[String]]) async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.series(try await world.customer(), Self.sending)
            world.clock.advance(by: .seconds(80 * 86_400))
            for batch in batches { try await world.daysCome(batch, of: id) }
            let invoices = try await world.invoices(of: id)
            let days = ["2027-01-31", "2027-02-28", "2027-03-31"]
            #expect(invoices.compactMap { $0["occurrence_date"]?.string } == days)
            let numbers = ["ACME-000001", "ACME-000002", "ACME-000003"]
            #expect(invoices.compactMap { $0["number"]?.string } == numbers)
            // Who gets an invoice late has as long to pay it as everybody else.
            #expect(invoices.allSatisfy { $0["due_date"]?.string == "2027-04-19" })
            #expect(try await world.violations() == [])
        }
    }

    @Test("more missed days than one transaction takes are asked for again, none is lost")
    func manyMissed() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.series(
                try await world.customer(), #""unit":"day","start_date":"2027-01-15","due_after_days":0"#)
            world.clock.advance(by: .seconds(59 * 86_400))
            try await world.daysCome(["2027-03-14"], of: id)
            #expect(try await world.daysMade(of: id).count == MakeOccurrences.catchUpMaximum)
            let timers = try await world.timers(of: id)
            #expect(timers.map(\.type) == ["schedule.requested.v1", "schedule.changed.v1"])
            #expect(timers.last?.generation == 2 && timers.last?.rule?.date?.description == "2027-02-08")
            // What the old timer still says means nothing; the new one begins where it stopped.
            try await world.daysCome(["2027-03-14"], of: id, generation: 1)
            #expect(try await world.daysMade(of: id).count == MakeOccurrences.catchUpMaximum)
            for _ in 0..<3 { try await world.daysCome(["2027-03-14"], of: id) }
            let made = try await world.daysMade(of: id)
            #expect(made.count == 59 && Set(made).count == 59 && made.last == "2027-03-14")
        }
    }

    @Test("the last day ends it")
    func finishes() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.series(
                try await world.customer(),
                #""unit":"day","start_date":"2027-01-15","count":2,"due_after_days":0"#)
            try await world.daysCome(["2027-01-15", "2027-01-16"], of: id)
            let series = try await world.call("GET", "/v1/recurring_invoices/\(id)")
            #expect(series.text("status") == "finished" && series["next_date"] == nil)
            try await world.daysCome(["2027-01-17"], of: id)
            #expect(try await world.daysMade(of: id).count == 2)
            let late = try await world.call("POST", "/v1/recurring_invoices/\(id)/pause")
            #expect(late.status == 409 && late.text("code") == "series_finished")
        }
    }

    @Test("the same day at two processes at once is one invoice")
    func race() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.series(try await world.customer(), Self.sending)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { try await world.daysCome(["2027-02-28", "2027-01-31"], of: id) }
                }
                try await group.waitForAll()
            }
            #expect(try await world.daysMade(of: id) == ["2027-01-31", "2027-02-28"])
            #expect(try await world.violations() == [])
        }
    }

    @Test("a timer of a kind or a series that nobody knows makes nothing, and is not lost either")
    func foreign() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.series(try await world.customer())
            let date = try #require(CivilDate("2027-01-31"))
            for (timer, kind) in [
                (ScheduleID(id.raw), "of_another_release"), (ScheduleID(.v7()), "recurring_invoice"),
            ] {
                await #expect(throws: HandlingFailure.self) {
                    try await world.deliver([
                        ScheduleDue(scheduleID: timer, generation: 1, kind: kind, date: date)
                    ])
                }
            }
            #expect(try await world.daysMade(of: id).isEmpty)
        }
    }

    @Test("an invoice that cannot be made stops the series and says why; put right, it is made up")
    func attention() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let rate = try await world.taxRate(#"{"name":"VAT","percentage":19}"#)
            let lines = #"[{"description":"A","amount":100,"tax_rates":["\#(rate)"]}]"#
            let id = try await world.series(customer, Self.sending, lines: lines)
            let other = try await world.series(customer, Self.sending)
            try await world.daysCome(["2027-01-31"], of: id)
            try await world.call("PATCH", "/v1/tax_rates/\(rate)", #"{"active":false}"#)
            // The neighbour in the same batch is not touched by it.
            let due = try ["2027-02-28", "2027-03-31"].flatMap { date in
                try [id, other].map { series in
                    ScheduleDue(
                        scheduleID: ScheduleID(series.raw), generation: 1, kind: "recurring_invoice",
                        date: try #require(CivilDate(date)))
                }
            }
            try await world.deliver(due)
            #expect(try await world.daysMade(of: id) == ["2027-01-31"])
            #expect(try await world.daysMade(of: other).count == 3)
            let path = "/v1/recurring_invoices/\(id)"
            let stopped = try await world.call("GET", path)
            #expect(stopped.text("status") == "needs_attention")
            #expect(stopped["attention"]?["code"]?.string == "archived")
            #expect(stopped.text("next_date") == "2027-02-28" && stopped["next_at"] == nil)
            #expect(try await world.timers(of: id).last?.type == "schedule.cancelled.v1")
            let told = try await world.published().last { $0.subject == id.description }
            let facts = try JSON.decode(RecurringInvoiceChanged.self, from: try #require(told).data)
            #expect(facts.recurringInvoice.status == .needsAttention)
            #expect(facts.recurringInvoice.attentionCode == "archived")

            let content = #"{"customer_id":"\#(customer)","line_items":[{"description":"B","amount":7}]}"#
            let mended = try await world.call("PATCH", path, #"{"invoice":\#(content)}"#)
            #expect(mended.text("status") == "active" && mended["attention"] == nil)
            let timer = try #require(try await world.timers(of: id).last)
            #expect(timer.type == "schedule.changed.v1" && timer.rule?.date?.description == "2027-02-28")
            try await world.daysCome(["2027-02-28", "2027-03-31"], of: id)
            let totals = try await world.invoices(of: id).compactMap { $0["total"]?.numberText }
            #expect(totals == ["119", "7", "7"])
            #expect(try await world.violations() == [])
        }
    }

    @Test("an invoice that fails when it is sent leaves nothing behind, not even its number")
    func withoutAddress() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let id = try await world.series(customer, Self.sending)
            _ = try await world.pool.transaction { tx in
                try tx.execute("UPDATE customers SET email = NULL WHERE id = $1", [customer])
            }
            try await world.daysCome(["2027-01-31"], of: id)
            let path = "/v1/recurring_invoices/\(id)"
            let stopped = try await world.call("GET", path)
            #expect(stopped["attention"]?["code"]?.string == "customer_without_email")
            #expect(try await world.invoices(of: id).isEmpty)
            #expect(try await world.violations() == [])
            let patch = #"{"email":"new@example.com"}"#
            #expect(try await world.call("PATCH", "/v1/customers/\(customer)", patch).status == 200)
            #expect(try await world.call("POST", path + "/resume").text("status") == "active")
            try await world.daysCome(["2027-01-31"], of: id)
            #expect(try await world.invoices(of: id).compactMap { $0["number"]?.string } == ["ACME-000001"])
        }
    }

    @Test("what asks for nothing is paid at once and not sent")
    func nothingToPay() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.series(
                try await world.customer(), Self.sending, lines: #"[{"description":"Free","amount":0}]"#)
            try await world.daysCome(["2027-01-31"], of: id)
            #expect(try await world.invoices(of: id).map { $0["status"]?.string } == ["paid"])
            #expect(!(try await world.published()).contains { $0.type == "mail.requested.v1" })
        }
    }
}
