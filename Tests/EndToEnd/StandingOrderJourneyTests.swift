import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("What a client arranges for the days to come", .timeLimit(.minutes(10)))
    struct StandingOrderJourneyTests {
        @Test(
            "a card that is attached to one invoice pays that one on its day; the sender sees it, and skipped charges too"
        )
        func attached() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            let (id, token) = try await shop.sentInvoice()
            let client = try await shop.client()
            let attached = try await client.put(
                "/v1/invoices/\(id)/autopay",
                #"{"payment_method_id":"\#(card.id)","charge":{"days_after_issue":3},"cap_per_charge":"460.00"}"#
            ).require(200)
            #expect(attached["covers"] == "invoice")
            #expect(
                try await client.put(
                    "/v1/invoices/\(id)/autopay",
                    #"{"payment_method_id":"\#(card.id)","covers":"series"}"#
                ).status == 422)
            let page = try await APIClient(base: shop.system.url).get("/v1/invoices/pay/\(token)").require(
                200)
            #expect(page["autopay"] == "invoice")
            try await eventually("the sender's list") {
                try await shop.sender().get("/v1/invoices?autopay=true").require(200).json.elements.contains {
                    $0["id"]?.string == id
                }
            }
            let charge = try await client.get("/v1/charges?state=planned").require(200).json.elements.first {
                $0["invoice_id"]?.string == id
            }
            let plan = charge?["id"]?.string ?? ""
            try await client.post("/v1/charges/\(plan)/skip").require(200)
            #expect(try await client.post("/v1/charges/\(plan)/pay_now").status == 409)
            try await eventually("the sender's list without it") {
                try await shop.sender().get("/v1/invoices?autopay=true").require(200).json.elements.contains {
                    $0["id"]?.string == id
                } == false
            }
            let (second, _) = try await shop.sentInvoice()
            try await client.put(
                "/v1/invoices/\(second)/autopay", #"{"payment_method_id":"\#(card.id)","charge":"now"}"#
            ).require(200)
            try await shop.waitUntilPaid(second)
            try await shop.system.advance(by: .seconds(5 * 86_400))
            #expect(try await shop.invoice(id)["is_paid"] == "false")
            #expect(try await shop.system.gateway.captures(of: "invoice_id", second).captures == 1)
        }

        @Test(
            "a standing order pays month after month: what is open first, the rest is kept; ended, it pays nothing more"
        )
        func months() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            let (id, _) = try await shop.sentInvoice()
            let client = try await shop.client()
            let body = """
                {"organization_id":"\(shop.organization)","payment_method_id":"\(card.id)","amount":"300.00",
                 "currency":"USD","unit":"month","start_date":"\(try await shop.today(plus: 1))"}
                """
            let order = try await client.post("/v1/standing_orders", body).require(201)
            let path = "/v1/standing_orders/\(order["id"] ?? "")"
            #expect(try await shop.sender().get(path).require(200)["amount"] == order["amount"])
            #expect(try await shop.sender().post(path + "/cancel").status == 404)
            try await shop.system.advance(by: .seconds(2 * 86_400))
            try await shop.wait(forDays: 1, of: path)
            #expect(try await shop.invoice(id)["is_paid"] == "false")
            try await shop.system.advance(by: .seconds(31 * 86_400))
            try await shop.wait(forDays: 2, of: path)
            try await shop.waitUntilPaid(id)
            try await shop.client().post(path + "/cancel").require(200)
            try await shop.system.advance(by: .seconds(62 * 86_400))
            let days = try await shop.client().get(path + "/payments").require(200).json.elements
            #expect(days.map { $0["state"]?.string } == ["collected", "collected"])
            let credit = try await shop.system.query(
                """
                SELECT -sum(amount) FROM payment.ledger_entries WHERE account = 'payer_credit'
                    AND organization_id IN (SELECT organization_id FROM payment.standing_orders)
                """)
            #expect(credit.filter { !$0.isWhitespace } == "14000")
        }
    }
}

extension Northwind {
    /// Waits until so many days of a standing order are paid.
    fileprivate func wait(forDays count: Int, of path: String) async throws {
        try await eventually("\(count) days of \(path)") {
            try await client().get(path + "/payments").require(200).json.elements.filter {
                $0["state"]?.string == "collected"
            }.count == count
        }
    }
}
