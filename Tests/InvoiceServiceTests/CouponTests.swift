import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Coupons", .timeLimit(.minutes(10))) struct CouponTests {
    @Test("a coupon is made, read, changed, listed and removed")
    func life() async throws {
        try await InvoiceWorld.with { world in
            let created = try await world.call(
                "POST", "/v1/coupons",
                """
                {"code":"Spring-10","name":"Spring","amount":"10.50","currency":"eur","minimum_amount":20,
                "expires_at":"2027-03-31T22:00:00Z","max_redemptions":100,"max_redemptions_per_customer":1,
                "metadata":{"a":1}}
                """)
            #expect(created.status == 201)
            let id = try #require(created.text("id"))
            #expect(id.hasPrefix("cpn_") && created.text("code") == "Spring-10")
            #expect(created.number("amount") == "10.5" && created.number("minimum_amount") == "20")
            #expect(created["redemptions"]?.int64 == 0 && created["active"]?.bool == true)
            let path = "/v1/coupons/\(id)"
            let changed = try await world.call(
                "PATCH", path, #"{"max_redemptions":null,"minimum_amount":30,"active":false}"#)
            #expect(changed.status == 200 && changed["max_redemptions"] == nil)
            #expect(changed.number("minimum_amount") == "30" && changed.text("name") == "Spring")
            #expect(try await world.call("GET", path)["max_redemptions_per_customer"]?.int64 == 1)
            let fixed = try await world.call("PATCH", path, #"{"amount":5,"code":"OTHER"}"#)
            #expect(fixed["errors"]?.elements.compactMap { $0["field"]?.string } == ["code", "amount"])
            let taken = try await world.call("POST", "/v1/coupons", #"{"code":"SPRING-10","percent":5}"#)
            #expect(taken.status == 409 && taken.text("code") == "coupon_code_taken")
            #expect(try await world.call("GET", "/v1/coupons?active=true").json.elements.isEmpty)
            #expect(try await world.call("GET", "/v1/coupons").json.elements.count == 1)
            let stranger = world.token(of: OrganizationID(.v7()))
            #expect(try await world.call("GET", path, token: stranger).status == 404)
            #expect(try await world.call("DELETE", path, token: stranger).status == 404)
            #expect(try await world.call("GET", "/v1/coupons", token: stranger).json.elements.isEmpty)
            #expect(try await world.call("DELETE", path).status == 204)
        }
    }

    @Test("a coupon is redeemed when the invoice is issued, and given back when it is voided, once each")
    func redemption() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let coupon = try await world.coupon(#"{"code":"HALF","percent":50}"#)
            let created = try await world.call("POST", "/v1/invoices", world.body(customer, coupon: "half"))
            #expect(created.status == 201 && created.number("total") == "5")
            #expect(created["coupon"]?["code"]?.string == "HALF")
            #expect(created["coupon"]?["id"]?.string == coupon)
            let path = "/v1/invoices/\(try #require(created.text("id")))"
            #expect(try await world.redemptions(coupon) == 0)
            #expect(try await world.call("POST", path + "/finalize").number("total") == "5")
            #expect(try await world.call("POST", path + "/finalize").status == 409)
            #expect(try await world.redemptions(coupon) == 1)
            #expect(try await world.call("DELETE", "/v1/coupons/\(coupon)").text("code") == "coupon_used")
            #expect(try await world.call("POST", path + "/void").status == 200)
            #expect(try await world.call("POST", path + "/void").status == 409)
            #expect(try await world.redemptions(coupon) == 0)
            #expect(try await world.violations() == [])
            // By its id as well; a discount in its place lets go of it.
            let other = try await world.call("POST", "/v1/invoices", world.body(customer, coupon: coupon))
            #expect(other["coupon"]?["code"]?.string == "HALF")
            let replaced = try await world.call(
                "PUT", "/v1/invoices/\(try #require(other.text("id")))", #"{"discount":{"percent":1}}"#)
            #expect(replaced["coupon"] == nil && replaced.number("total") == "9.9")
        }
    }

    @Test("of many invoices that are issued at once, as many get the coupon as it allows")
    func limit() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let coupon = try await world.coupon(
                #"{"code":"FIVE","amount":1,"currency":"usd","max_redemptions":5}"#)
            let statuses = try await world.issueAtOnce(14, customer, coupon: "FIVE")
            #expect(statuses.filter { $0 == 200 }.count == 5)
            #expect(statuses.filter { $0 == 409 }.count == 9)
            #expect(try await world.redemptions(coupon) == 5)
            // Those that were refused have taken no number.
            #expect(try await world.violations() == [])
            // Used up, it is refused where it is given.
            let refused = try await world.call("POST", "/v1/invoices", world.body(customer, coupon: "FIVE"))
            #expect(refused.status == 422)
            #expect(refused["errors"]?.elements.first?["code"]?.string == "coupon_exhausted")
        }
    }

    @Test("a customer gets a coupon as often as it allows, others still do")
    func limitOfCustomer() async throws {
        try await InvoiceWorld.with { world in
            let (first, second) = (try await world.customer(), try await world.customer())
            let coupon = try await world.coupon(
                #"{"code":"ONCE","percent":10,"max_redemptions_per_customer":1}"#)
            #expect(try await world.issueAtOnce(6, first, coupon: "ONCE").filter { $0 == 200 }.count == 1)
            #expect(try await world.issueAtOnce(6, second, coupon: "ONCE").filter { $0 == 200 }.count == 1)
            #expect(try await world.redemptions(coupon) == 2)
            #expect(try await world.violations() == [])
        }
    }

    @Test("voided and issued at the same time, every coupon is counted as invoices have it")
    func voids() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let coupon = try await world.coupon(#"{"code":"MANY","percent":10,"max_redemptions":4}"#)
            var issued: [String] = []
            for _ in 0..<4 {
                let draft = try await world.call("POST", "/v1/invoices", world.body(customer, coupon: "MANY"))
                let id = try #require(draft.text("id"))
                #expect(try await world.call("POST", "/v1/invoices/\(id)/finalize").status == 200)
                issued.append(id)
            }
            let ids = issued
            try await withThrowingTaskGroup(of: Void.self) { group in
                for id in ids + ids {
                    group.addTask { _ = try await world.call("POST", "/v1/invoices/\(id)/void") }
                }
                try await group.waitForAll()
            }
            #expect(try await world.redemptions(coupon) == 0)
            #expect(try await world.issueAtOnce(6, customer, coupon: "MANY").filter { $0 == 200 }.count == 4)
            #expect(try await world.violations() == [])
        }
    }

    @Test("what a coupon asks for is checked when it is given and again when the invoice is issued")
    func conditions() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let coupon = try await world.coupon(
                """
                {"code":"TERMS","percent":10,"currency":"usd","minimum_amount":10,"expires_at":"2027-01-16T08:00:00Z"}
                """)
            let path = "/v1/invoices"
            let small = try await world.call(
                "POST", path, world.body(customer, coupon: "TERMS", amount: "9.99"))
            #expect(small["errors"]?.elements.first?["code"]?.string == "coupon_below_minimum")
            let euro = try await world.call(
                "POST", path,
                #"{"customer_id":"\#(customer)","due_date":"2027-02-28","amount":20,"currency":"eur","coupon":"TERMS"}"#
            )
            #expect(euro["errors"]?.elements.first?["code"]?.string == "coupon_other_currency")
            let draft = try await world.call("POST", path, world.body(customer, coupon: "TERMS"))
            #expect(draft.status == 201)
            let id = try #require(draft.text("id"))
            world.clock.advance(by: .seconds(86_400))
            let late = try await world.call("POST", "/v1/invoices/\(id)/finalize")
            #expect(late.status == 409 && late.text("code") == "coupon_expired")
            // Without it the invoice can be issued.
            #expect(
                try await world.call("PUT", "/v1/invoices/\(id)", #"{"coupon":null}"#).number("total") == "10"
            )
            #expect(try await world.call("POST", "/v1/invoices/\(id)/finalize").status == 200)
            #expect(try await world.redemptions(coupon) == 0)
        }
    }

    @Test("a coupon that takes all there is makes an invoice that is paid when it is issued")
    func everything() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            _ = try await world.coupon(#"{"code":"GIFT","amount":50,"currency":"usd"}"#)
            let draft = try await world.call("POST", "/v1/invoices", world.body(customer, coupon: "GIFT"))
            #expect(draft.number("total") == "0" && draft.number("discount_total") == "10")
            let issued = try await world.call(
                "POST", "/v1/invoices/\(try #require(draft.text("id")))/finalize")
            #expect(issued.text("status") == "paid" && issued.number("amount_due") == "0")
            #expect(try await world.violations() == [])
        }
    }

    @Test(
        "what is wrong with a coupon is named field by field",
        arguments: [
            ("{}", ["code", "percent"]), (#"{"code":"a b c","percent":5}"#, ["code"]),
            (#"{"code":"ABC","percent":5,"amount":5,"currency":"usd"}"#, ["percent"]),
            (#"{"code":"ABC","amount":5}"#, ["currency"]), (#"{"code":"ABC","percent":101}"#, ["percent"]),
            (#"{"code":"ABC","percent":5,"minimum_amount":5}"#, ["currency"]),
            (#"{"code":"ABC","amount":"0.001","currency":"usd"}"#, ["amount"]),
            (#"{"code":"ABC","amount":0,"currency":"usd"}"#, ["amount"]),
            (#"{"code":"ABC","percent":5,"minimum_amount":"0.1","currency":"jpy"}"#, ["minimum_amount"]),
            (#"{"code":"ABC","percent":5,"max_redemptions":0}"#, ["max_redemptions"]),
            (#"{"code":"ABC","percent":5,"expires_at":"2027-13-01"}"#, ["expires_at"]),
        ])
    func invalid(body: String, fields: [String]) async throws {
        try await InvoiceWorld.with { world in
            let answer = try await world.call("POST", "/v1/coupons", body)
            #expect(answer.status == 422)
            #expect(answer["errors"]?.elements.compactMap { $0["field"]?.string } == fields)
        }
    }
}

extension InvoiceWorld {
    /// A coupon, and its id.
    func coupon(_ body: String) async throws -> String {
        let answer = try await call("POST", "/v1/coupons", body)
        #expect(answer.status == 201)
        return try #require(answer.text("id"))
    }

    func redemptions(_ coupon: String) async throws -> Int64? {
        try await call("GET", "/v1/coupons/\(coupon)")["redemptions"]?.int64
    }

    /// An invoice over one line, with a coupon.
    func body(_ customer: CustomerID, coupon: String, amount: String = "10") -> String {
        """
        {"customer_id":"\(customer)","due_date":"2027-02-28","coupon":"\(coupon)","line_items":[
        {"description":"A","amount":\(amount)}]}
        """
    }

    /// Makes drafts with a coupon, then issues all at the same time; the statuses of that.
    func issueAtOnce(_ count: Int, _ customer: CustomerID, coupon: String) async throws -> [Int] {
        var ids: [String] = []
        for _ in 0..<count {
            ids.append(
                try #require(
                    try await call("POST", "/v1/invoices", body(customer, coupon: coupon)).text("id")))
        }
        let drafts = ids
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for id in drafts {
                group.addTask { try await call("POST", "/v1/invoices/\(id)/finalize").status }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
    }
}
