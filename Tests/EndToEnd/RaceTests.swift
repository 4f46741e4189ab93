import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("Everybody pays at once", .timeLimit(.minutes(10)))
    struct RaceTests {
        private enum Path: Int, CaseIterable {
            case link
            case button
            case hand
        }

        @Test(
            "link, button, mark-paid and the automatic payment, 200 times at once: the invoice is paid once, and who lost is told by whom"
        )
        func everybody() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            try await shop.allowAutomaticPayment(card: card.id, afterDays: 1)
            let (id, token) = try await shop.sentInvoice()
            try await eventually("the plan") {
                try await shop.client().get("/v1/charges").require(200).json.elements.contains {
                    $0["invoice_id"]?.string == id
                }
            }
            try await shop.system.advance(by: .seconds(86_400 - 5))
            let replies = try await fire(200, at: id, token, card.id, of: shop)
            try await shop.waitUntilPaid(id)
            let captures = try await shop.system.gateway.captures(of: "invoice_id", id)
            let receipts = try await shop.sender().get("/v1/invoices/\(id)/payments").require(200).json
                .elements
            let collected = receipts.filter { $0["state"]?.string == "succeeded" }
            #expect(collected.count == 1)
            #expect(captures.captures <= 1 && captures.refunded == 0)
            #expect(try await shop.invoice(id)["amount_paid"] == "460")
            for reply in replies { #expect([200, 202, 409].contains(reply.status), "\(reply)") }
            let lost = replies.filter { $0["code"] == "payment_in_progress" }
            #expect(lost.allSatisfy { $0["detail"]?.contains("att_") == true }, "\(lost.first as Any)")
        }

        private func fire(
            _ count: Int, at id: String, _ token: String, _ card: String, of shop: Northwind
        ) async throws -> [APIClient.Reply] {
            let (sender, client) = (try await shop.sender(), try await shop.client())
            let (anybody, method) = (
                APIClient(base: shop.system.url), try await shop.system.gateway.paymentMethod()
            )
            return try await withThrowingTaskGroup(of: APIClient.Reply.self) { group in
                for number in 0..<count {
                    group.addTask {
                        switch Path.allCases[number % Path.allCases.count] {
                        case .link:
                            try await anybody.post(
                                "/v1/invoices/pay/\(token)", #"{"payment_method":"\#(method)"}"#)
                        case .button:
                            try await client.post(
                                "/v1/invoices/\(id)/pay", #"{"payment_method_id":"\#(card)"}"#)
                        case .hand: try await sender.post("/v1/invoices/\(id)/mark_paid")
                        }
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
    }
}
