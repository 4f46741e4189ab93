import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("Test clocks", .timeLimit(.minutes(10)))
    struct TestClockJourneyTests {
        @Test(
            "an organization in test mode lives through a year: each month's invoice is issued, sent and paid on its day, and nobody else's time moves"
        )
        func year() async throws {
            let shop = try await Northwind.open(inTestMode: true)
            let other = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            try await shop.allowAutomaticPayment(card: card.id, afterDays: 3)
            let sender = try await shop.sender()
            let clock = try await eventually(within: .seconds(15), "the organization in test mode") {
                let reply = try await sender.post("/v1/test_clocks", #"{"name":"A year"}"#)
                return reply.status == 201 ? reply : nil
            }
            let path = "/v1/test_clocks/\(clock["id"] ?? "")"
            try await Self.wait(for: path, sender, within: .seconds(30))
            let day = try await shop.today(plus: 1)
            let series = try await sender.post(
                "/v1/recurring_invoices",
                """
                {"name":"Retainer","unit":"month","start_date":"\(day)","time":"10:00","due_after_days":14,
                 "auto_send":true,"invoice":{"customer_id":"\(shop.customer)","title":"Retainer",
                 "line_items":[{"description":"Care","amount":"49.00"}]}}
                """
            ).require(201)
            let start = try #require(Instant(rfc3339: clock["now"] ?? ""))
            let target = start + .seconds(360 * 86_400)
            let order = #"{"to":"\#(target.rfc3339)"}"#
            let moving = try await sender.post(path + "/advance", order).require(202)
            #expect(moving["state"] == "moving" && moving["target"] == target.rfc3339)
            let began = ContinuousClock.now
            try await Self.wait(for: path, sender, within: .seconds(300))
            print("a year took \(ContinuousClock.now - began)")
            let again = try await shop.sender()
            let arrived = try await again.get(path).require(200)
            #expect(arrived["now"] == target.rfc3339)

            let list = try await again.get("/v1/invoices?recurring_invoice_id=\(series["id"] ?? "")&limit=50")
            let invoices = list.json.elements
            #expect(invoices.count == 12)
            for invoice in invoices {
                let issued = try #require(invoice["issue_date"]?.string.flatMap { CivilDate($0) })
                let paid = try #require(invoice["paid_at"]?.string.flatMap { Instant(rfc3339: $0) })
                #expect(invoice["status"]?.string == "paid")
                let zone = try #require(Zone("Europe/Berlin"))
                #expect(zone.date(at: paid) == issued.adding(days: 3))
                let captures = try await shop.system.gateway.captures(
                    of: "invoice_id", invoice["id"]?.string ?? "")
                #expect(captures == Gateway.Sum(captures: 1, captured: 4_900, refunded: 0))
            }
            #expect(Set(invoices.compactMap { $0["issue_date"]?.string?.prefix(7) }).count == 12)
            // Others live by the real time.
            let draft = try await other.draft()
            let theirs = try await other.sender().post("/v1/invoices/\(draft)/finalize").require(200)
            #expect(theirs["issue_date"] == (try await other.today(plus: 0)))
            try await other.sender().post("/v1/test_clocks").require(409)
            // Who acts for no organization names none either.
            for path in ["/v1/invoices", "/v1/charges", "/v1/schedules", "/v1/notices"] {
                #expect([200, 403].contains(try await shop.client().get(path).status), "\(path)")
            }
        }

        private static func wait(
            for path: String, _ sender: APIClient, within limit: Duration
        ) async throws {
            try await eventually(within: limit, "the clock to arrive") {
                try await sender.get(path).require(200)["state"] == "ready"
            }
        }
    }
}
