import HTTPServer
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Tax rates", .timeLimit(.minutes(10))) struct TaxRateTests {
    @Test("a rate is made, read, changed, listed and removed")
    func life() async throws {
        try await InvoiceWorld.with { world in
            let body =
                #"{"name":"VAT","percentage":"8.875","inclusive":true,"country":"us","jurisdiction":"NY"}"#
            let token = world.token(of: world.organizationID)
            let created = try await world.call("POST", "/v1/tax_rates", body, token: token, key: "k")
            #expect(created.status == 201)
            #expect(created.number("percentage") == "8.875" && created.text("country") == "US")
            #expect(created["inclusive"]?.bool == true && created["used"]?.bool == false)
            let id = try #require(created.text("id"))
            #expect(id.hasPrefix("txr_"))
            #expect(created.response.headers["location"] == "/v1/tax_rates/\(id)")
            let again = try await world.call("POST", "/v1/tax_rates", body, token: token, key: "k")
            #expect(again.text("id") == id)
            let path = "/v1/tax_rates/\(id)"
            let changed = try await world.call("PATCH", path, #"{"percentage":7,"active":false}"#)
            #expect(changed.number("percentage") == "7" && changed.text("name") == "VAT")
            #expect(try await world.call("GET", path).number("percentage") == "7")
            world.clock.advance(by: .seconds(1))
            let other = try await world.taxRate(#"{"name":"GST","percentage":5}"#)
            let listed = try await world.call("GET", "/v1/tax_rates?limit=1")
            #expect(listed.json.elements.map { $0["id"]?.string } == [other])
            #expect(listed.response.headers["x-next-cursor"] == other)
            let archived = try await world.call("GET", "/v1/tax_rates?active=false")
            #expect(archived.json.elements.map { $0["id"]?.string } == [id])
            #expect(try await world.call("GET", "/v1/tax_rates?active=maybe").status == 422)
            #expect(try await world.call("DELETE", path).status == 204)
            #expect(try await world.call("GET", path).status == 404)
        }
    }

    @Test("a rate that a line names says the same for ever, and can be archived")
    func used() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let rate = try await world.taxRate(#"{"name":"VAT","percentage":19}"#)
            let body = """
                {"customer_id":"\(customer)","due_date":"2027-02-28","line_items":[
                {"description":"A","amount":100,"tax_rates":["\(rate)"]}]}
                """
            let draft = try #require(try await world.call("POST", "/v1/invoices", body).text("id"))
            let path = "/v1/tax_rates/\(rate)"
            for change in [#"{"percentage":7}"#, #"{"name":"Tax"}"#, #"{"inclusive":true}"#] {
                let refused = try await world.call("PATCH", path, change)
                #expect(refused.status == 409 && refused.text("code") == "tax_rate_used")
            }
            #expect(try await world.call("DELETE", path).status == 409)
            #expect(try await world.call("PATCH", path, #"{"active":false}"#).status == 200)
            // New lines cannot have it any more; the draft that has it is issued with it.
            #expect(try await world.call("POST", "/v1/invoices", body).status == 422)
            let renamed = try await world.call("PUT", "/v1/invoices/\(draft)", #"{"title":"New"}"#)
            #expect(renamed.number("total") == "119")
            let issued = try await world.call("POST", "/v1/invoices/\(draft)/finalize")
            #expect(issued.number("total") == "119")
            let copy = try await world.call("POST", "/v1/invoices/\(draft)/duplicate")
            #expect(copy.status == 422)
        }
    }

    @Test("a rate that changes while drafts are made is never used with two meanings")
    func race() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            for _ in 0..<10 {
                let rate = try await world.taxRate(#"{"name":"VAT","percentage":10}"#)
                let body = """
                    {"customer_id":"\(customer)","due_date":"2027-02-28","line_items":[
                    {"description":"A","amount":100,"tax_rates":["\(rate)"]}]}
                    """
                async let change = world.call("PATCH", "/v1/tax_rates/\(rate)", #"{"percentage":20}"#)
                async let draft = world.call("POST", "/v1/invoices", body)
                let (changed, made) = try await (change, draft)
                #expect(made.status == 201 && [200, 409].contains(changed.status))
                #expect(made.number("total") == (changed.status == 200 ? "120" : "110"))
            }
        }
    }

    @Test("another sender's rates are not there")
    func tenancy() async throws {
        try await InvoiceWorld.with { world in
            let rate = try await world.taxRate(#"{"name":"VAT","percentage":19}"#)
            let stranger = world.token(of: OrganizationID(.v7()))
            for (method, body) in [("GET", ""), ("PATCH", #"{"active":false}"#), ("DELETE", "")] {
                #expect(
                    try await world.call(method, "/v1/tax_rates/\(rate)", body, token: stranger).status == 404
                )
            }
            #expect(try await world.call("GET", "/v1/tax_rates", token: stranger).json.elements.isEmpty)
        }
    }

    @Test(
        "what is wrong with a rate is named field by field",
        arguments: [
            ("{}", ["name", "percentage"]), (#"{"name":"","percentage":-1}"#, ["name", "percentage"]),
            (#"{"name":"A","percentage":"100.1"}"#, ["percentage"]),
            (#"{"name":"A","percentage":"1.00001"}"#, ["percentage"]),
            (#"{"name":"A","percentage":1,"country":"DEU"}"#, ["country"]),
            (#"{"name":"A","percentage":1,"inclusive":"yes"}"#, ["inclusive"]),
        ])
    func invalid(body: String, fields: [String]) async throws {
        try await InvoiceWorld.with { world in
            let answer = try await world.call("POST", "/v1/tax_rates", body)
            #expect(answer.status == 422)
            #expect(answer["errors"]?.elements.compactMap { $0["field"]?.string } == fields)
        }
    }
}
