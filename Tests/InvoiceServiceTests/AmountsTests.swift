import EventContracts
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Amounts of invoices over HTTP", .timeLimit(.minutes(10))) struct AmountsTests {
    @Test("discounts, taxes and fine prices end up in totals, lines, tax summary and events")
    func whole() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let vat = try await world.taxRate(#"{"name":"VAT","percentage":19,"country":"de"}"#)
            let city = try await world.taxRate(
                #"{"name":"City","percentage":"8.875","inclusive":true,"jurisdiction":"New York"}"#)
            let created = try await world.call(
                "POST", "/v1/invoices",
                """
                {"customer_id":"\(customer)","due_date":"2027-02-28","discount":{"percent":10},"line_items":[
                {"description":"Calls","unit_amount":0.0035,"quantity":100000,"tax_rates":["\(vat)"]},
                {"description":"Books","amount":"108.88","discount":{"amount":"8.88"},"tax_rates":["\(city)"],
                 "metadata":{"shelf":7}},
                {"description":"Returned","amount":-50,"tax_rates":["\(vat)"]}]}
                """)
            #expect(created.status == 201)
            try Self.check(created)
            let id = try #require(created.text("id"))
            try Self.check(try await world.call("GET", "/v1/invoices/\(id)"))
            try Self.check(try await world.call("POST", "/v1/invoices/\(id)/finalize"))
            let lines = try #require(created["line_items"]?.elements)
            #expect(lines[0]["amount"]?.numberText == "0.0035" && lines[0]["unit_amount"] != nil)
            #expect(lines[0]["total"]?.numberText == "350")
            #expect(lines[1]["metadata"]?["shelf"]?.int64 == 7)
            #expect(lines[1]["discount"]?["amount"]?.numberText == "8.88")
            #expect(lines[1]["unit_amount"] == nil && lines[1]["subtotal"] == nil)
            #expect(lines[1]["tax_rates"]?.elements.first?.string == city)
            let event = try #require(
                try await world.published().first { $0.type == "invoice.finalized.v1" })
            let snapshot = try JSON.decode(InvoiceFinalized.self, from: event.data).invoice
            #expect(snapshot.totalMinor == 41_109 && snapshot.subtotalMinor == 40_888)
            #expect(snapshot.taxes?.map(\.taxMinor) == [5_109, 743])
            #expect(snapshot.lines[0].unitAmountDecimal == "0.35" && snapshot.lines[0].unitAmountMinor == 0)
            #expect(snapshot.lines[2].discountMinor == nil && snapshot.lines[2].taxMinor == -950)
            #expect(try await world.violations() == [])
        }
    }

    // By hand: 350.00 + 108.88 - 50.00 = 408.88; less 8.88 is 400.00; a tenth of it is 40.00, of which the lines of
    // 350.00 and 100.00 bear 31.11 and 8.89. VAT on 318.89 is 60.59, on -50.00 it is -9.50; 91.11 contain 7.43.
    private static func check(_ answer: InvoiceWorld.Answer) throws {
        #expect(answer.number("subtotal") == "408.88")
        #expect(answer.number("discount_total") == "48.88")
        #expect(answer.number("tax_total") == "58.52")
        #expect(answer.number("total") == "411.09")
        #expect(answer.number("amount_due") == "411.09")
        #expect(answer.number("total_excluding_tax") == "352.57")
        let summary = try #require(answer["tax_summary"]?.elements)
        #expect(summary.map { $0["name"]?.string } == ["VAT", "City"])
        #expect(summary.map { $0["percentage"]?.numberText } == ["19", "8.875"])
        #expect(summary.map { $0["net"]?.numberText } == ["268.89", "83.68"])
        #expect(summary.map { $0["tax"]?.numberText } == ["51.09", "7.43"])
        #expect(summary.map { $0["gross"]?.numberText } == ["319.98", "91.11"])
        #expect(summary[0]["country"]?.string == "DE" && summary[1]["jurisdiction"]?.string == "New York")
    }

    @Test("an issued invoice stays as it was taxed, whatever becomes of its customer and its rates")
    func frozen() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let rate = try await world.taxRate(#"{"name":"VAT","percentage":20}"#)
            let body = """
                {"customer_id":"\(customer)","due_date":"2027-02-28","line_items":[
                {"description":"A","amount":10,"tax_rates":["\(rate)"]}]}
                """
            let taxed = try #require(try await world.call("POST", "/v1/invoices", body).text("id"))
            _ = try await world.call("POST", "/v1/invoices/\(taxed)/finalize")
            let draft = try #require(try await world.call("POST", "/v1/invoices", body).text("id"))
            let changed = try await world.call(
                "PATCH", "/v1/customers/\(customer)",
                #"{"tax_status":"reverse_charge","tax_ids":[{"type":"eu_vat","value":"ATU12345678"}]}"#)
            #expect(changed.text("tax_status") == "reverse_charge")
            #expect(changed["tax_ids"]?.elements.first?["value"]?.string == "ATU12345678")
            let before = try await world.call("GET", "/v1/invoices/\(taxed)")
            #expect(before.number("total") == "12" && before.text("tax_status") == "taxable")
            #expect(before["tax_note"] == nil)
            // The draft is priced again when it is issued.
            let issued = try await world.call("POST", "/v1/invoices/\(draft)/finalize")
            #expect(issued.number("total") == "10" && issued.number("tax_total") == "0")
            #expect(issued.text("tax_status") == "reverse_charge")
            #expect(issued.text("tax_note")?.contains("Article 196") == true)
            #expect(issued["tax_summary"]?.elements.first?["tax"]?.numberText == "0")
            _ = try await world.call(
                "PATCH", "/v1/customers/\(customer)", #"{"tax_status":"taxable","tax_ids":[]}"#)
            #expect(
                try await world.call("GET", "/v1/invoices/\(draft)").text("tax_status") == "reverse_charge")
            #expect(try await world.violations() == [])
        }
    }

    @Test("an invoice says for itself whether it is taxed, in either of two ways")
    func ownTaxStatus() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let rate = try await world.taxRate(#"{"name":"VAT","percentage":20}"#)
            for (members, status, total) in [
                (#""tax_exempt":true"#, "exempt", "10"), (#""tax_exempt":false"#, "taxable", "12"),
                (#""tax_status":"reverse_charge""#, "reverse_charge", "10"),
            ] {
                let answer = try await world.call(
                    "POST", "/v1/invoices/preview",
                    """
                    {"customer_id":"\(customer)","due_date":"2027-02-28",\(members),"line_items":[
                    {"description":"A","amount":10,"tax_rates":["\(rate)"]}]}
                    """)
                #expect(answer.text("tax_status") == status && answer.number("total") == total)
            }
        }
    }

    @Test(
        "a draft keeps its discounts and rates when something else of it is changed, and null takes a discount away"
    )
    func updates() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let rate = try await world.taxRate(#"{"name":"VAT","percentage":10,"inclusive":true}"#)
            let created = try await world.call(
                "POST", "/v1/invoices",
                """
                {"customer_id":"\(customer)","due_date":"2027-02-28","discount":{"amount":"4.50"},
                "po_number":"PO 7","terms":"Net 30","footer":"Thanks","metadata":{"a":[1,2.50]},"external_id":"e1",
                "line_items":[{"description":"A","amount":"37.50","tax_rates":["\(rate)"]}]}
                """)
            #expect(created.number("total") == "33" && created.number("tax_total") == "3")
            let path = "/v1/invoices/\(try #require(created.text("id")))"
            let renamed = try await world.call("PUT", path, #"{"title":"New","terms":"Net 10"}"#)
            #expect(renamed.number("total") == "33" && renamed.text("po_number") == "PO 7")
            #expect(renamed.text("terms") == "Net 10" && renamed.text("external_id") == "e1")
            #expect(renamed["metadata"]?["a"]?.elements.last?.numberText == "2.50")
            let plain = try await world.call("PUT", path, #"{"discount":null}"#)
            #expect(plain.number("total") == "37.5" && plain["discount"] == nil)
            let line = try #require(plain["line_items"]?.elements.first)
            #expect(line["tax_total"]?.numberText == "3.41" && line["discount_total"] == nil)
            #expect(try await world.call("PUT", path, #"{"currency":"eur"}"#).status == 422)
            #expect(try await world.violations() == [])
            // What was read can be sent back.
            let again = try await world.call(
                "PUT", path,
                #"{"line_items":[{"description":"A","amount":0.005,"unit_amount":0.005,"quantity":3}]}"#)
            #expect(again.number("total") == "0.02")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a client sees what is asked for and why, but not what the sender keeps with it")
    func forClient() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let account = AccountID(.v7())
            try await world.deliver([
                InvitationAccepted(
                    invitationID: InvitationID(.v7()), organizationID: world.organizationID,
                    accountID: account, customerID: customer)
            ])
            let created = try await world.call(
                "POST", "/v1/invoices",
                """
                {"customer_id":"\(customer)","due_date":"2027-02-28","external_id":"e1","metadata":{"margin":7},
                "po_number":"PO 7","line_items":[{"description":"A","amount":10,"metadata":{"cost":3}}]}
                """)
            let path = "/v1/invoices/\(try #require(created.text("id")))"
            _ = try await world.call("POST", path + "/finalize")
            let client = world.token(of: nil, account: account, role: .client)
            let seen = try await world.call("GET", path, token: client)
            #expect(seen.status == 200 && seen.text("po_number") == "PO 7" && seen.number("total") == "10")
            let listed = try await world.call("GET", "/v1/invoices", token: client)
            #expect(listed.json.elements.count == 1)
            for invoice in [seen.json] + listed.json.elements {
                #expect(invoice["metadata"] == nil && invoice["external_id"] == nil)
            }
            #expect(seen["line_items"]?.elements.first?["metadata"] == nil)
            let own = try await world.call("GET", path)
            #expect(own.text("external_id") == "e1" && own["metadata"]?["margin"]?.int64 == 7)
            #expect(own["line_items"]?.elements.first?["metadata"]?["cost"]?.int64 == 3)
        }
    }

    @Test("an external id names one invoice of a sender; who comes second is told which")
    func externalID() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let body = """
                {"customer_id":"\(customer)","due_date":"2027-02-28","amount":1,"external_id":"order-1"}
                """
            let answers = try await withThrowingTaskGroup(of: InvoiceWorld.Answer.self) { group in
                for _ in 0..<8 { group.addTask { try await world.call("POST", "/v1/invoices", body) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let created = answers.filter { $0.status == 201 }
            #expect(created.count == 1)
            let id = try #require(created.first?.text("id"))
            for refused in answers where refused.status != 201 {
                #expect(refused.status == 409 && refused.text("code") == "external_id_taken")
                #expect(refused.text("id") == id)
            }
            // A change is told the same; a copy does not take the name along.
            let other = try await world.call("POST", "/v1/invoices/\(id)/duplicate")
            #expect(other.status == 201 && other["external_id"] == nil)
            let path = "/v1/invoices/\(try #require(other.text("id")))"
            let taken = try await world.call("PUT", path, #"{"external_id":"order-1"}"#)
            #expect(taken.status == 409 && taken.text("id") == id)
            // A deleted draft gives the name back.
            #expect(try await world.call("DELETE", "/v1/invoices/\(id)").status == 204)
            #expect(try await world.call("PUT", path, #"{"external_id":"order-1"}"#).status == 200)
        }
    }

    @Test("a preview says what creating would, and writes nothing")
    func preview() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let rate = try await world.taxRate(#"{"name":"VAT","percentage":19}"#)
            let body = """
                {"customer_id":"\(customer)","due_date":"2027-02-28","external_id":"e1","line_items":[
                {"description":"A","amount":"9.99","quantity":3,"tax_rates":["\(rate)"]}]}
                """
            let events = try await world.published().count
            let preview = try await world.call("POST", "/v1/invoices/preview", body, key: "k1")
            #expect(preview.status == 200 && preview["id"] == nil)
            #expect(preview["line_items"]?.elements.first?["id"] == nil)
            #expect(preview.number("total") == "35.66")
            let counts = try await world.pool.transaction { tx in
                try tx.query(
                    """
                    SELECT (SELECT count(*) FROM invoices) + (SELECT count(*) FROM invoice_lines)
                        + (SELECT count(*) FROM idempotent_requests) + (SELECT count(*) FROM tax_rates WHERE is_used)
                    """
                ).scalar(as: Int64.self)
            }
            #expect(counts == 0)
            #expect(try await world.published().count == events)
            let created = try await world.call("POST", "/v1/invoices", body)
            for name in ["subtotal", "discount_total", "tax_total", "total", "amount_due"] {
                #expect(created.number(name) == preview.number(name))
            }
            #expect(try await world.call("POST", "/v1/invoices/preview", "{}").status == 422)
        }
    }

    @Test("a duplicate has the content of the other and is due as long after today")
    func duplicate() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let rate = try await world.taxRate(#"{"name":"VAT","percentage":19}"#)
            let created = try await world.call(
                "POST", "/v1/invoices",
                """
                {"customer_id":"\(customer)","due_date":"2027-01-29","title":"Work","po_number":"7",
                "discount":{"percent":50},"line_items":[
                {"description":"A","unit_amount":"0.125","quantity":16,"tax_rates":["\(rate)"]}]}
                """)
            let id = try #require(created.text("id"))
            _ = try await world.call("POST", "/v1/invoices/\(id)/finalize")
            _ = try await world.call("POST", "/v1/invoices/\(id)/void")
            world.clock.advance(by: .seconds(86_400 * 10))
            let copy = try await world.call("POST", "/v1/invoices/\(id)/duplicate")
            #expect(copy.status == 201 && copy.text("status") == "draft" && copy["number"] == nil)
            // Issued on the 15th and due on the 29th; made anew on the 25th.
            #expect(copy.text("due_date") == "2027-02-08")
            #expect(copy.number("total") == "1.19" && copy.text("title") == "Work")
            #expect(copy.text("po_number") == "7")
            #expect(copy.text("id") != id)
            #expect(
                copy["line_items"]?.elements.first?["id"]?.string
                    != created["line_items"]?.elements.first?["id"]?.string)
            let given = try await world.call(
                "POST", "/v1/invoices/\(id)/duplicate", #"{"due_date":"2027-06-30"}"#)
            #expect(given.text("due_date") == "2027-06-30")
            let bad = try await world.call("POST", "/v1/invoices/\(id)/duplicate", #"{"due_date":"soon"}"#)
            #expect(bad.status == 422)
            let stranger = world.token(of: OrganizationID(.v7()))
            #expect(
                try await world.call("POST", "/v1/invoices/\(id)/duplicate", token: stranger).status == 404)
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "what is wrong with amounts is named field by field",
        arguments: [
            (#""line_items":[{"description":"a"}]"#, ["line_items[0].amount"]),
            (
                #""line_items":[{"description":"a","amount":1,"unit_amount":2}]"#,
                ["line_items[0].unit_amount"]
            ),
            (
                #""line_items":[{"description":"a","unit_amount":"0.0000000000001"}]"#,
                ["line_items[0].unit_amount"]
            ),
            (
                #""line_items":[{"description":"a","amount":1,"discount":{"amount":"1.01"}}]"#,
                ["line_items[0].discount"]
            ),
            (
                #""line_items":[{"description":"a","amount":1,"discount":{"amount":"0.001"}}]"#,
                ["line_items[0].discount.amount"]
            ),
            (
                #""line_items":[{"description":"a","amount":1,"discount":{"percent":101}}]"#,
                ["line_items[0].discount.percent"]
            ),
            (
                #""line_items":[{"description":"a","amount":1,"tax_rates":["x"]}]"#,
                ["line_items[0].tax_rates[0]"]
            ),
            (#""line_items":[{"description":"a","amount":1,"metadata":7}]"#, ["line_items[0].metadata"]),
            (
                #""line_items":[{"description":"a","amount":1,"tax_rates":[STRANGE]}]"#,
                ["line_items[0].tax_rates[0]"]
            ),
            (
                #""line_items":[{"description":"a","amount":1,"tax_rates":[ARCHIVED]}]"#,
                ["line_items[0].tax_rates[0]"]
            ),
            (
                #""line_items":[{"description":"a","amount":-1},{"description":"b","amount":"0.99"}]"#,
                ["line_items"]
            ),
            (#""amount":1,"discount":{"percent":1,"amount":1}"#, ["discount.percent"]),
            (#""amount":1,"discount":{"percent":1},"coupon":"ABC""#, ["discount"]),
            (#""amount":1,"discount":{"amount":-1}"#, ["discount.amount"]),
            (#""amount":1,"coupon":"NONE""#, ["coupon"]),
            (#""amount":1,"tax_exempt":true,"tax_status":"taxable""#, ["tax_exempt"]),
            (#""amount":1,"tax_status":"none""#, ["tax_status"]),
        ])
    func invalid(members: String, fields: [String]) async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let strange = OrganizationID(.v7())
            let rate = try await world.taxRate(
                #"{"name":"VAT","percentage":19}"#, token: world.token(of: strange))
            let archived = try await world.taxRate(#"{"name":"Old","percentage":16,"active":false}"#)
            let text = members.replacing("STRANGE", with: "\"\(rate)\"")
                .replacing("ARCHIVED", with: "\"\(archived)\"")
            for path in ["/v1/invoices", "/v1/invoices/preview"] {
                let answer = try await world.call(
                    "POST", path, "{\"customer_id\":\"\(customer)\",\"due_date\":\"2027-02-28\",\(text)}")
                #expect(answer.status == 422)
                #expect(answer["errors"]?.elements.compactMap { $0["field"]?.string } == fields)
            }
        }
    }
}

extension InvoiceWorld {
    /// A tax rate, and its id.
    func taxRate(_ body: String, token: String? = nil) async throws -> String {
        let answer = try await call("POST", "/v1/tax_rates", body, token: token)
        #expect(answer.status == 201)
        return try #require(answer.text("id"))
    }
}
