import EventContracts
import HTTPServer
import Postgres
import Primitives
import TestKit
import Testing

@testable import InvoiceService

@Suite("Subscriptions", .timeLimit(.minutes(10))) struct SubscriptionTests {
    @Test("a subscription is paid in advance from its first moment, by an issued invoice that names it")
    func begins() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())","quantity":3}"#)
            let id = try #require(made.text("id"))
            #expect(made.text("status") == "active" && made.text("currency") == "usd")
            #expect(made.text("current_period_start") == "2027-01-15T08:00:00.000Z")
            #expect(made.text("current_period_end") == "2027-02-15T08:00:00.000Z")
            let invoices = try await world.invoices(of: id)
            #expect(invoices.count == 1 && invoices[0].text("status") == "finalized")
            #expect(invoices[0].number("total") == "30" && invoices[0].text("subscription_id") == id)
            #expect(invoices[0].text("due_date") == "2027-01-29")
            #expect(made.text("latest_invoice_id") == invoices[0].text("id"))
            #expect(try await world.subscription(id).response.body == made.response.body)
            let timer = try #require(try await world.timer(of: id))
            #expect(timer.rule.at?.rfc3339 == "2027-02-15T08:00:00.000Z" && timer.kind == "subscription")
            #expect(timer.generation == 1 && timer.catchUp == .all)
            let event = try #require(
                try await world.published().last { $0.type == "subscription.changed.v1" })
            let facts = try JSON.decode(SubscriptionChanged.self, from: event.data).subscription
            #expect(facts.status == .active && facts.items.map(\.quantity) == ["3"] && event.sequence == 1)
            #expect(try await world.violations() == [])
        }
    }

    @Test("a trial costs nothing, what is used in it is free, and the first invoice comes when it is over")
    func trial() async throws {
        try await InvoiceWorld.with { world in
            let calls = try await world.priceID(#""model":"per_unit","unit_amount":"0.5","meter":"calls""#)
            let seats = try await world.priceID(#""model":"per_unit","unit_amount":10,"trial_days":14"#)
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(seats)"},{"price_id":"\#(calls)"}"#)
            let id = try #require(made.text("id"))
            #expect(made.text("status") == "trialing")
            #expect(made.text("trial_ends_at") == "2027-01-29T08:00:00.000Z")
            #expect(try await world.invoices(of: id).isEmpty)
            try await world.use(id, "calls", "100")
            try await world.renew(id)
            let first = try await world.invoices(of: id)
            #expect(first.map { $0.number("total") } == ["10"])
            #expect(try await world.subscription(id).text("status") == "active")
            #expect(
                try await world.subscription(id).text("current_period_end") == "2027-02-28T08:00:00.000Z")
            try await world.use(id, "calls", "7")
            try await world.renew(id)
            #expect(try await world.invoices(of: id).map { $0.number("total") } == ["10", "13.5"])
            // The 29th again, after the month that has none.
            #expect(
                try await world.subscription(id).text("current_period_end") == "2027-03-29T07:00:00.000Z")
            #expect(try await world.violations() == [])
        }
    }

    @Test("a billing anchor makes the first period shorter, and its price in proportion to the second")
    func anchor() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())","quantity":10}"#,
                #""billing_anchor":"2027-02-01""#)
            let id = try #require(made.text("id"))
            #expect(made.text("current_period_end") == "2027-01-31T23:00:00.000Z")
            // 16 days and 15 hours of 31 days: 100.00 × 1 436 400 / 2 678 400.
            #expect(try await world.invoices(of: id).map { $0.number("total") } == ["53.63"])
            try await world.renew(id)
            #expect(try await world.invoices(of: id).map { $0.number("total") } == ["53.63", "100"])
            #expect(
                try await world.subscription(id).text("current_period_end") == "2027-02-28T23:00:00.000Z")
        }
    }

    @Test("a later start costs nothing until then")
    func later() async throws {
        try await InvoiceWorld.with { world in
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(try await world.seats())"}"#,
                #""starts_at":"2027-02-01T00:00:00+01:00","trial_days":3"#)
            let id = try #require(made.text("id"))
            #expect(made.text("status") == "trialing")
            #expect(made.text("current_period_end") == "2027-01-31T23:00:00.000Z")
            try await world.renew(id)
            #expect(try await world.subscription(id).text("status") == "trialing")
            #expect(try await world.invoices(of: id).isEmpty)
            try await world.renew(id)
            #expect(try await world.invoices(of: id).count == 1)
            #expect(
                try await world.subscription(id).text("current_period_start") == "2027-02-03T23:00:00.000Z")
            #expect(try await world.violations() == [])
        }
    }

    @Test("currencies and intervals that do not go together are refused, and nothing is written")
    func mismatches() async throws {
        try await InvoiceWorld.with { world in
            let (plain, euro) = (
                try await world.customer(), try await world.customer(currency: "EUR")
            )
            let seats = try await world.seats()
            let plan = try await world.plan()
            let other = try #require(
                try await world.price(plan, #""model":"flat","unit_amount":1"#, currency: "eur").text("id"))
            let yearly = try await world.priceID(#""model":"flat","unit_amount":1"#, interval: "year")
            func refused(_ customer: CustomerID, _ items: String) async throws -> [String] {
                let answer = try await world.call(
                    "POST", "/v1/subscriptions", #"{"customer_id":"\#(customer)","items":[\#(items)]}"#)
                #expect(answer.status == 422)
                return answer.codes
            }
            #expect(try await refused(euro, #"{"price_id":"\#(seats)"}"#) == ["currency_mismatch"])
            #expect(
                try await refused(plain, #"{"price_id":"\#(seats)"},{"price_id":"\#(other)"}"#)
                    == ["currency_mismatch"])
            #expect(
                try await refused(plain, #"{"price_id":"\#(seats)"},{"price_id":"\#(yearly)"}"#)
                    == ["interval_mismatch"])
            #expect(
                try await refused(plain, #"{"price_id":"\#(seats)"},{"price_id":"\#(seats)"}"#)
                    == ["conflicting"])
            #expect(
                try await world.call("PATCH", "/v1/prices/\(seats)", #"{"active":false}"#).status == 200)
            #expect(try await refused(plain, #"{"price_id":"\#(seats)"}"#) == ["archived"])
            #expect(try await world.call("GET", "/v1/subscriptions").json.elements.isEmpty)
            #expect(try await world.call("DELETE", "/v1/prices/\(seats)").status == 204)
        }
    }

    @Test("a price that somebody has cannot be removed, and others see nothing of a subscription")
    func used() async throws {
        try await InvoiceWorld.with { world in
            let seats = try await world.seats()
            let made = try await world.subscribe(
                try await world.customer(), #"{"price_id":"\#(seats)"}"#)
            let id = try #require(made.text("id"))
            let refused = try await world.call("DELETE", "/v1/prices/\(seats)")
            #expect(refused.status == 409 && refused.text("code") == "price_used")
            let other = world.token(of: OrganizationID(.v7()))
            let items = #"{"items":[{"price_id":"\#(seats)"}]}"#
            for (method, path, body) in [
                ("GET", "", ""), ("GET", "/usage", ""), ("POST", "/cancel", ""), ("POST", "/pause", ""),
                ("POST", "/resume", ""), ("POST", "/change", items), ("POST", "/change/preview", items),
            ] {
                let answer = try await world.call(
                    method, "/v1/subscriptions/\(id)\(path)", body, token: other)
                #expect(answer.status == 404, "\(path)")
            }
            #expect(try await world.call("GET", "/v1/subscriptions", token: other).json.elements.isEmpty)
            let usage = #"{"id":"1","subscription_id":"\#(id)","meter":"calls"}"#
            #expect(try await world.call("POST", "/v1/usage_events", usage, token: other).status == 422)
        }
    }

    @Test(
        "what is wrong with a subscription is named field by field",
        arguments: [
            (#""items":[]"#, ["items"]), (#""items":[{}]"#, ["items[0].price_id"]),
            (#""items":[{"price_id":"pri_1"}]"#, ["items[0].price_id"]),
            (#""items":[{"price_id":"PRICE","quantity":0}]"#, ["items[0].quantity"]),
            (#""items":[{"price_id":"PRICE","quantity":"0.0000001"}]"#, ["items[0].quantity"]),
            (#""items":[{"price_id":"PRICE"}],"trial_days":731"#, ["trial_days"]),
            (#""items":[{"price_id":"PRICE"}],"invoicing":"mail","due_days":-1"#, ["invoicing", "due_days"]),
            (#""items":[{"price_id":"PRICE"}],"starts_at":"2027-01-14""#, ["starts_at"]),
            (#""items":[{"price_id":"PRICE"}],"starts_at":"2029-01-14""#, ["starts_at"]),
            (#""items":[{"price_id":"PRICE"}],"billing_anchor":"soon""#, ["billing_anchor"]),
        ])
    func invalid(members: String, fields: [String]) async throws {
        try await InvoiceWorld.with { world in
            let price = try await world.seats()
            let answer = try await world.call(
                "POST", "/v1/subscriptions",
                #"{"customer_id":"\#(try await world.customer())",\#(members.replacing("PRICE", with: price))}"#
            )
            #expect(answer.status == 422)
            #expect(answer.fields == fields)
        }
    }

    @Test("invoices of a subscription are sent, or stay drafts, as it says")
    func invoicing() async throws {
        try await InvoiceWorld.with { world in
            let customer = try await world.customer()
            let item = #"{"price_id":"\#(try await world.seats())"}"#
            let sent = try await world.subscribe(customer, item, #""invoicing":"send""#)
            let invoice = try #require(sent.text("latest_invoice_id"))
            #expect(
                try await world.types(about: invoice) == [
                    "invoice.created.v1", "invoice.finalized.v1", "invoice.sent.v1",
                ])
            let draft = try await world.subscribe(customer, item, #""invoicing":"draft""#)
            let drafts = try await world.invoices(of: try #require(draft.text("id")))
            #expect(drafts.map { $0.text("status") } == ["draft"])
            // Without an address nothing can be sent; the invoice is issued all the same.
            let silent = try await world.subscribe(
                try await world.customer(email: nil), item, #""invoicing":"send""#)
            let issued = try await world.invoices(of: try #require(silent.text("id")))
            #expect(issued.map { $0.text("status") } == ["finalized"])
        }
    }
}
