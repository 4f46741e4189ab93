import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("Subscriptions that pay themselves", .timeLimit(.minutes(10)))
    struct SubscriptionJourneyTests {
        @Test(
            "a plan is sold with a trial; each renewal is invoiced with its usage and charged by itself, once"
        )
        func wholeLife() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            try await shop.allowAutomaticPayment(card: card.id, afterDays: 0)
            let id = try await subscribe(shop)
            #expect(try await invoices(of: id, shop).isEmpty)
            try await use(id, "50", shop)

            try await shop.system.advance(by: .seconds(7 * 86_400 + 60))
            let first = try await invoice(1, of: id, shop)
            try await shop.waitUntilPaid(first)
            #expect(try await shop.invoice(first)["total"] == "20")
            let running = try await shop.sender().get("/v1/subscriptions/\(id)").require(200)
            #expect(running["status"] == "active")

            try await use(id, "1000", shop)
            try await shop.system.advance(by: .seconds(32 * 86_400))
            let second = try await invoice(2, of: id, shop)
            try await shop.waitUntilPaid(second)
            #expect(try await shop.invoice(second)["total"] == "23.5")
            for (invoice, amount) in [(first, 2_000), (second, 2_350)] as [(String, Int)] {
                let captures = try await shop.system.gateway.captures(of: "invoice_id", invoice)
                #expect(captures == Gateway.Sum(captures: 1, captured: amount, refunded: 0))
            }

            let sender = try await shop.sender()
            let ended = try await sender.post("/v1/subscriptions/\(id)/cancel", #"{"at":"now"}"#).require(200)
            #expect(ended["status"] == "cancelled")
            try await shop.system.advance(by: .seconds(40 * 86_400))
            #expect(try await invoices(of: id, shop).count == 2)
        }

        /// Two seats at 10.00 a month and calls at 0.0035, seven days of trial.
        private func subscribe(_ shop: Northwind) async throws -> String {
            let sender = try await shop.sender()
            let plan = try await sender.post("/v1/plans", #"{"name":"Team"}"#).require(201)
            let common =
                #""plan_id":"\#(plan["id"] ?? "")","currency":"usd","interval":"month","model":"per_unit""#
            let seats = try await sender.post(
                "/v1/prices", #"{\#(common),"unit_amount":"10.00","trial_days":7}"#
            ).require(201)
            let calls = try await sender.post(
                "/v1/prices", #"{\#(common),"unit_amount":"0.0035","meter":"calls"}"#
            ).require(201)
            let made = try await sender.post(
                "/v1/subscriptions",
                """
                {"customer_id":"\(shop.customer)","invoicing":"send",
                 "items":[{"price_id":"\(seats["id"] ?? "")","quantity":2},{"price_id":"\(calls["id"] ?? "")"}]}
                """
            ).require(201)
            #expect(made["status"] == "trialing")
            return made["id"] ?? ""
        }

        private func use(_ id: String, _ quantity: String, _ shop: Northwind) async throws {
            let event = #""id":"\#(RawID.random())","subscription_id":"\#(id)","meter":"calls""#
            let sender = try await shop.sender()
            for accepted in ["1", "0"] {
                let reply = try await sender.post(
                    "/v1/usage_events", #"{\#(event),"quantity":\#(quantity)}"#
                ).require(200)
                #expect(reply["accepted"] == accepted)
            }
        }

        private func invoices(of id: String, _ shop: Northwind) async throws -> [String] {
            try await shop.sender().get("/v1/invoices?subscription_id=\(id)").require(200).json.elements
                .compactMap { $0["id"]?.string }
        }

        /// Waits for the newest invoice, which is the one of this number.
        private func invoice(_ number: Int, of id: String, _ shop: Northwind) async throws -> String {
            try await eventually(every: .milliseconds(200), "invoice \(number)") {
                let ids = try await invoices(of: id, shop)
                return ids.count == number ? ids.first : nil
            }
        }
    }
}
