import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Plans and their prices", .timeLimit(.minutes(10))) struct PlanTests {
    @Test("a plan is kept, found, changed, archived and removed")
    func plans() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.call(
                "POST", "/v1/plans", #"{"name":"Team","description":"For teams","metadata":{"tier":2}}"#)
            #expect(made.status == 201 && made["active"]?.bool == true)
            let id = try #require(made.text("id"))
            let changed = try await world.call(
                "PATCH", "/v1/plans/\(id)", #"{"name":"Crew","description":null,"active":false}"#)
            #expect(changed.text("name") == "Crew" && changed["description"] == nil)
            #expect(changed["metadata"]?["tier"]?.int64 == 2)
            #expect(try await world.call("GET", "/v1/plans?active=false").json.elements.count == 1)
            #expect(try await world.call("GET", "/v1/plans?active=true").json.elements.isEmpty)
            #expect(try await world.call("DELETE", "/v1/plans/\(id)").status == 204)
            #expect(try await world.call("GET", "/v1/plans/\(id)").status == 404)
        }
    }

    @Test("prices of every model come back as they were given, to the last digit")
    func models() async throws {
        try await InvoiceWorld.with { world in
            let plan = try await world.plan()
            let flat = try await world.price(plan, #""model":"flat","unit_amount":"9.90","trial_days":14"#)
            #expect(flat.number("unit_amount") == "9.9" && flat["trial_days"]?.int64 == 14)
            #expect(flat.text("interval") == "month" && flat["interval_count"]?.int64 == 1)
            let calls = try await world.price(
                plan, #""model":"per_unit","unit_amount":"0.0035","meter":"api.calls","aggregation":"max""#)
            #expect(calls.number("unit_amount") == "0.0035")
            #expect(calls.text("meter") == "api.calls" && calls.text("aggregation") == "max")
            let storage = try await world.price(
                plan, #""model":"package","unit_amount":5,"package_size":"0.5","meter":"gb""#)
            #expect(storage.number("package_size") == "0.5" && storage.text("aggregation") == "sum")
            let tiers = try await world.price(
                plan,
                """
                "model":"graduated","tiers":[{"up_to":10,"unit_amount":1},
                {"unit_amount":"0.5","flat_amount":"3.00"}]
                """)
            let steps = try #require(tiers["tiers"]?.elements)
            #expect(steps.map { $0["up_to"]?.numberText } == ["10", nil])
            #expect(steps.map { $0["flat_amount"]?.numberText } == ["0", "3"])
            let id = try #require(tiers.text("id"))
            #expect(try await world.call("GET", "/v1/prices/\(id)").response.body == tiers.response.body)
            let listed = try await world.call("GET", "/v1/prices?plan_id=\(plan)").json.elements
            #expect(listed.map { $0["model"]?.string } == ["graduated", "package", "per_unit", "flat"])
        }
    }

    @Test("a price does not change; it is archived, and removed while nobody has it")
    func immutable() async throws {
        try await InvoiceWorld.with { world in
            let plan = try await world.plan()
            let price = try await world.price(plan, #""model":"flat","unit_amount":1"#)
            let id = try #require(price.text("id"))
            let refused = try await world.call("PATCH", "/v1/prices/\(id)", #"{"unit_amount":2}"#)
            #expect(refused.status == 422)
            #expect(refused["errors"]?.elements.first?["code"]?.string == "immutable")
            #expect(
                try await world.call("PATCH", "/v1/prices/\(id)", #"{"active":false}"#)["active"]?.bool
                    == false)
            let held = try await world.call("DELETE", "/v1/plans/\(plan)")
            #expect(held.status == 409 && held.text("code") == "plan_has_prices")
            #expect(try await world.call("DELETE", "/v1/prices/\(id)").status == 204)
            #expect(try await world.call("DELETE", "/v1/plans/\(plan)").status == 204)
        }
    }

    @Test("others neither see nor use the plans and prices of an organization")
    func tenants() async throws {
        try await InvoiceWorld.with { world in
            let plan = try await world.plan()
            let price = try #require(
                try await world.price(plan, #""model":"flat","unit_amount":1"#).text("id"))
            let other = world.token(of: OrganizationID(.v7()))
            for path in ["/v1/plans/\(plan)", "/v1/prices/\(price)"] {
                #expect(try await world.call("GET", path, token: other).status == 404)
                #expect(try await world.call("PATCH", path, #"{"active":false}"#, token: other).status == 404)
                #expect(try await world.call("DELETE", path, token: other).status == 404)
            }
            let body =
                #"{"plan_id":"\#(plan)","currency":"usd","interval":"month","model":"flat","unit_amount":1}"#
            #expect(try await world.call("POST", "/v1/prices", body, token: other).status == 422)
        }
    }

    @Test(
        "what is wrong with a price is named field by field",
        arguments: [
            ("", ["model"]), (#""model":"flat""#, ["unit_amount"]),
            (#""model":"flat","unit_amount":1,"meter":"calls""#, ["model"]),
            (#""model":"flat","unit_amount":-1"#, ["unit_amount"]),
            (#""model":"per_unit","unit_amount":1,"tiers":[{"unit_amount":1}]"#, ["tiers"]),
            (#""model":"package","unit_amount":1"#, ["package_size"]),
            (#""model":"package","unit_amount":1,"package_size":0"#, ["package_size"]),
            (#""model":"volume""#, ["tiers"]), (#""model":"volume","tiers":[]"#, ["tiers"]),
            (#""model":"volume","tiers":[{"up_to":5,"unit_amount":1}]"#, ["tiers"]),
            (#""model":"volume","tiers":[{"unit_amount":1},{"unit_amount":1}]"#, ["tiers"]),
            (
                #""model":"volume","tiers":[{"flat_amount":"0.001"}]"#,
                ["tiers[0].flat_amount", "tiers[0].unit_amount"]
            ),
            (#""model":"per_unit","unit_amount":1,"meter":"No Meter""#, ["meter"]),
            (#""model":"per_unit","unit_amount":1,"aggregation":"sum""#, ["meter"]),
            (#""model":"flat","unit_amount":1,"trial_days":-1"#, ["trial_days"]),
            (#""model":"flat","unit_amount":1,"interval_count":0"#, ["interval_count"]),
            (#""model":"flat","unit_amount":1,"tax_rates":["txr_1"]"#, ["tax_rates[0]"]),
        ])
    func invalid(members: String, fields: [String]) async throws {
        try await InvoiceWorld.with { world in
            let plan = try await world.plan()
            let rest = members.isEmpty ? "" : "," + members
            let answer = try await world.call(
                "POST", "/v1/prices",
                #"{"plan_id":"\#(plan)","currency":"usd","interval":"month"\#(rest)}"#)
            #expect(answer.status == 422)
            #expect(answer["errors"]?.elements.compactMap { $0["field"]?.string } == fields)
        }
    }
}

extension InvoiceWorld {
    /// A plan, and its id.
    func plan(_ name: String = "Team") async throws -> String {
        try #require(try await call("POST", "/v1/plans", #"{"name":"\#(name)"}"#).text("id"))
    }

    /// A price of a plan: monthly in dollars unless the members say otherwise.
    func price(
        _ plan: String, _ members: String, currency: String = "usd", interval: String = "month"
    ) async throws -> Answer {
        // Ids of different milliseconds are in the order of time.
        clock.advance(by: .milliseconds(1))
        let answer = try await call(
            "POST", "/v1/prices",
            #"{"plan_id":"\#(plan)","currency":"\#(currency)","interval":"\#(interval)",\#(members)}"#)
        #expect(answer.status == 201)
        return answer
    }
}
