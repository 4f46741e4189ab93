import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("Invoices that pay themselves", .timeLimit(.minutes(10)))
    struct AutopayTests {
        @Test(
            "a client registers, saves a card, allows it, and the next invoice is charged on its day by itself"
        )
        func mainJob() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            try await shop.allowAutomaticPayment(card: card.id, afterDays: 3)
            let (id, _) = try await shop.sentInvoice()
            let planned = try await eventually("the plan") {
                try await shop.client().get("/v1/charges").require(200).json.elements.first {
                    $0["invoice_id"]?.string == id
                }
            }
            #expect(planned["state"]?.string != "collected")
            let client = try await shop.client()
            #expect(try await client.get("/v1/charges?limit=1").require(200).json.elements.count == 1)
            #expect(try await client.get("/v1/charges?limit=0").status == 422)
            try await shop.system.advance(by: .seconds(2 * 86_400))
            #expect(try await shop.invoice(id)["is_paid"] == "false")
            #expect(try await shop.system.gateway.captures(of: "invoice_id", id).captures == 0)

            let last = try await shop.system.mail.mails(to: shop.clientMail).last?.id ?? 0
            try await shop.system.advance(by: .seconds(2 * 86_400))
            try await shop.waitUntilPaid(id)
            let captures = try await shop.system.gateway.captures(of: "invoice_id", id)
            #expect(captures == Gateway.Sum(captures: 1, captured: 46_000, refunded: 0))
            let receipt = try await shop.system.mail.mail(to: shop.clientMail, after: last, "the receipt") {
                $0.text.contains("460")
            }
            #expect(!receipt.subject.isEmpty)
        }

        @Test("zero days means at once, and exactly once")
        func atOnce() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            try await shop.allowAutomaticPayment(card: card.id, afterDays: 0)
            let (id, _) = try await shop.sentInvoice()
            try await shop.waitUntilPaid(id)
            #expect(try await shop.system.gateway.captures(of: "invoice_id", id).captures == 1)
        }

        @Test(
            "a refused automatic charge is told, tried again on the next step, and a payment by link ends it")
        func refused() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            try await shop.system.gateway.decline(card.method, with: "insufficient_funds")
            try await shop.allowAutomaticPayment(card: card.id, afterDays: 0)
            let (id, token) = try await shop.sentInvoice()
            let next = try await eventually("the next step") {
                try await shop.client().get("/v1/charges").require(200).json.elements.first {
                    $0["invoice_id"]?.string == id && ($0["step"]?.int64 ?? 0) >= 1
                        && $0["outcome"]?.string == "insufficient_funds"
                }
            }
            #expect(next["state"]?.string != "collected")
            #expect(try await shop.invoice(id)["is_paid"] == "false")
            try await shop.pay(token).require(200)
            try await shop.waitUntilPaid(id)
            try await shop.system.gateway.decline(card.method, with: nil)
            try await shop.system.advance(by: .seconds(10 * 86_400))
            try await eventually("the end of the plan") {
                try await shop.client().get("/v1/charges").require(200).json.elements.contains {
                    $0["invoice_id"]?.string == id
                        && ["planned", "due", "waiting"].contains($0["state"]?.string ?? "")
                } == false
            }
            #expect(try await shop.system.gateway.captures(of: "invoice_id", id).captures == 1)
        }

        @Test("the next step of a refused charge collects once the card is good again")
        func ladder() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            try await shop.system.gateway.decline(card.method, with: "insufficient_funds")
            try await shop.allowAutomaticPayment(card: card.id, afterDays: 0)
            let (id, _) = try await shop.sentInvoice()
            try await eventually("the refusal") {
                try await shop.client().get("/v1/charges").require(200).json.elements.contains {
                    $0["invoice_id"]?.string == id && $0["outcome"]?.string == "insufficient_funds"
                }
            }
            try await shop.system.gateway.decline(card.method, with: nil)
            try await shop.system.advance(by: .seconds(4 * 86_400))
            try await shop.waitUntilPaid(id)
            #expect(try await shop.system.gateway.captures(of: "invoice_id", id).captures == 1)
        }
    }
}
