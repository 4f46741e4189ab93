import EventContracts
import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Series of invoices are kept", .timeLimit(.minutes(10))) struct RecurringInvoiceTests {
    @Test("a series is made once per key, read, listed, and asks the scheduler for its days")
    func life() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let body = world.seriesBody(
                customer,
                """
                "name":"Retainer","external_id":"crm-7","metadata":{"deal":7},"unit":"month","anchor_day":31,
                "time":"06:30","zone":"America/New_York","start_date":"2027-02-28","end_date":"2027-12-31",
                "count":9,"due_after_days":14,"auto_send":true
                """)
            let token = world.token(of: world.organizationID)
            let made = try await world.call("POST", "/v1/recurring_invoices", body, token: token, key: "k")
            #expect(made.status == 201 && made.text("status") == "active")
            let id = try #require(made.text("id"))
            #expect(id.hasPrefix("rec_"))
            #expect(made.response.headers["location"] == "/v1/recurring_invoices/\(id)")
            #expect(
                made.text("next_date") == "2027-02-28" && made.text("next_at") == "2027-02-28T11:30:00.000Z")
            #expect(made["auto_send"]?.bool == true && made["auto_finalize"]?.bool == true)
            #expect(made["invoice"]?["title"]?.string == "Monthly")
            #expect(made["metadata"]?["deal"]?.int64 == 7)
            let again = try await world.call("POST", "/v1/recurring_invoices", body, token: token, key: "k")
            #expect(again.text("id") == id)
            let taken = try await world.call("POST", "/v1/recurring_invoices", body)
            #expect(taken.status == 409 && taken.text("code") == "external_id_taken")
            let read = try await world.call("GET", "/v1/recurring_invoices/\(id)")
            #expect(read.text("next_at") == made.text("next_at") && read.text("zone") == "America/New_York")

            let series = try #require(RecurringInvoiceID(id))
            let timers = try await world.timers(of: series)
            #expect(timers.map(\.type) == ["schedule.requested.v1"])
            let rule = try #require(timers.first?.rule)
            #expect(
                rule
                    == ScheduleRule(
                        date: CivilDate("2027-02-28"), time: CivilTime("06:30"), every: 1, unit: .month,
                        anchorDay: 31, until: CivilDate("2027-12-31"), count: 9))
            let events = try await world.published().filter { $0.subject == id }
            #expect(events.map(\.type) == ["recurring_invoice.changed.v1"])
            let facts = try JSON.decode(RecurringInvoiceChanged.self, from: events[0].data).recurringInvoice
            #expect(facts.nextDate?.description == "2027-02-28" && facts.status == .active)
            #expect(facts.customerID == customer && events[0].sequence == 1)

            world.clock.advance(by: .seconds(1))
            let other = try await world.series(try await world.customer())
            let listed = try await world.call("GET", "/v1/recurring_invoices?limit=1")
            #expect(listed.json.elements.map { $0["id"]?.string } == [other.description])
            #expect(listed.response.headers["x-next-cursor"] == other.description)
            let own = try await world.call(
                "GET", "/v1/recurring_invoices?customer_id=\(customer)&status=active")
            #expect(own.json.elements.map { $0["id"]?.string } == [id])
            let paused = try await world.call("GET", "/v1/recurring_invoices?status=paused")
            #expect(paused.json.elements.isEmpty)
            #expect(try await world.call("GET", "/v1/recurring_invoices?status=odd").status == 422)
        }
    }

    @Test("a preview shows the next twelve days and the first invoice, and writes nothing")
    func preview() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let body = world.seriesBody(customer)
            let shown = try await world.call("POST", "/v1/recurring_invoices/preview", body)
            #expect(shown.status == 200 && shown["invoice"]?["total"]?.numberText == "100")
            #expect(shown["invoice"]?["due_date"]?.string == "2027-02-14")
            let dates = shown["upcoming"]?.elements.compactMap { $0["date"]?.string } ?? []
            #expect(dates.count == 12)
            #expect(dates.prefix(3) == ["2027-01-31", "2027-02-28", "2027-03-31"])
            #expect(try await world.call("GET", "/v1/recurring_invoices").json.elements.isEmpty)
            let id = try await world.series(customer)
            let upcoming = try await world.call("GET", "/v1/recurring_invoices/\(id)/upcoming")
            #expect(upcoming.json.elements.compactMap { $0["date"]?.string } == dates)
            #expect(upcoming.json.elements.last?["due_date"]?.string == "2028-01-14")
        }
    }

    @Test(
        "what is wrong with a series is named field by field",
        arguments: [
            (#""start_date":"2027-01-31""#, ["unit", "due_after_days"]),
            (#""unit":"hour","due_after_days":-1"#, ["unit", "due_after_days"]),
            (#""unit":"day","due_after_days":1,"every":0,"count":0"#, ["every", "count"]),
            (#""unit":"day","due_after_days":1,"time":"25:00","zone":"Moon""#, ["time", "zone"]),
            (#""unit":"week","due_after_days":1,"anchor_day":3"#, ["anchor_day"]),
            (#""unit":"month","due_after_days":1,"anchor_day":32"#, ["anchor_day"]),
            (#""unit":"day","due_after_days":1,"start_date":"2027-01-14""#, ["start_date"]),
            (
                #""unit":"day","due_after_days":1,"start_date":"2027-02-02","end_date":"2027-02-01""#,
                ["end_date"]
            ),
            (
                #""unit":"day","due_after_days":1,"auto_send":true,"auto_finalize":false"#,
                ["auto_finalize"]
            ),
        ])
    func invalid(terms: String, fields: [String]) async throws {
        try await InvoiceWorld.with { world in
            let body = world.seriesBody(try await world.customer(), terms)
            let answer = try await world.call("POST", "/v1/recurring_invoices", body)
            #expect(answer.status == 422)
            #expect(answer["errors"]?.elements.compactMap { $0["field"]?.string } == fields)
        }
    }

    @Test("the invoice is checked when the series is made, as it will be when it is due")
    func invalidContent() async throws {
        try await InvoiceWorld.with { world in
            let silent = try await world.customer(email: nil)
            let customer = try await world.customer(currency: "EUR")
            let terms = #""unit":"day","due_after_days":1"#
            let line = #""line_items":[{"description":"A","amount":1}]"#
            let cases: [(String, [String])] = [
                (terms, ["invoice"]),
                (#"\#(terms),"invoice":{}"#, ["invoice.line_items", "invoice.customer_id"]),
                (
                    #"\#(terms),"invoice":{"customer_id":"\#(customer)","line_items":[]}"#,
                    ["invoice.line_items"]
                ),
                (
                    #"\#(terms),"invoice":{"customer_id":"\#(customer)","due_date":"2027-02-01",\#(line)}"#,
                    ["invoice.due_date"]
                ),
                (
                    #"\#(terms),"invoice":{"customer_id":"\#(customer)","currency":"USD",\#(line)}"#,
                    ["invoice.currency"]
                ),
                (
                    #"\#(terms),"invoice":{"customer_id":"\#(CustomerID(.v7()))",\#(line)}"#,
                    ["invoice.customer_id"]
                ),
                (
                    #"\#(terms),"invoice":{"customer_id":"\#(customer)","coupon":"NONE",\#(line)}"#,
                    ["invoice.coupon"]
                ),
                (
                    #"\#(terms),"auto_send":true,"invoice":{"customer_id":"\#(silent)",\#(line)}"#,
                    ["invoice.customer_id"]
                ),
            ]
            for (body, fields) in cases {
                let answer = try await world.call("POST", "/v1/recurring_invoices", "{\(body)}")
                #expect(answer.status == 422, "\(body)")
                #expect(answer["errors"]?.elements.compactMap { $0["field"]?.string } == fields)
            }
        }
    }

    @Test("another sender's series are not there")
    func tenancy() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.series(try await world.customer())
            let stranger = world.token(of: OrganizationID(.v7()))
            let path = "/v1/recurring_invoices/\(id)"
            for (method, path) in [
                ("GET", path), ("GET", path + "/upcoming"), ("PATCH", path), ("POST", path + "/pause"),
                ("POST", path + "/resume"), ("POST", path + "/skip"), ("POST", path + "/cancel"),
            ] {
                let body = method == "GET" ? "" : "{}"
                #expect(try await world.call(method, path, body, token: stranger).status == 404, "\(path)")
            }
            let list = try await world.call("GET", "/v1/recurring_invoices", token: stranger)
            #expect(list.json.elements.isEmpty)
            #expect(try await world.call("GET", path).text("status") == "active")
        }
    }

    @Test("series are told again to those who ask for a snapshot")
    func snapshot() async throws {
        try await InvoiceWorld.with { world in
            let id = try await world.series(try await world.customer())
            let source = try #require(world.snapshots.compactMap { $0 as? RecurringSnapshots }.first)
            let events = try await world.pool.transaction { tx in
                try source.page(after: nil, limit: 10, in: tx).events
            }
            let event = try EventEnvelope(parsing: try #require(events.first).body)
            #expect(event.type == "recurring_invoice.snapshot.v1" && event.subject == id.description)
            let facts = try JSON.decode(RecurringInvoiceSnapshotTaken.self, from: event.data)
            #expect(facts.recurringInvoice.recurringInvoiceID == id && event.sequence == 1)
        }
    }
}
