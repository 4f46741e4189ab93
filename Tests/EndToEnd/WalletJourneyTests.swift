import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("Wallets", .timeLimit(.minutes(10)))
    struct WalletTests {
        @Test(
            "a client tops up by card, pays from the wallet, then with the rest of it and a card, and gets money back"
        )
        func wholeLife() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            let client = try await shop.client()
            let wallet = try await eventually("a wallet") {
                let reply = try await client.post(
                    "/v1/wallets", #"{"organization_id":"\#(shop.organization)"}"#)
                return reply.status == 201 ? reply["id"] : nil
            }
            let topUp = try await client.post("/v1/wallets/\(wallet)/top_ups", #"{"amount":"600.00"}"#)
                .require(202)
            let filling = topUp["invoice_id"] ?? ""
            let byCard = #"{"payment_method_id":"\#(card.id)"}"#
            try await pay(filling, byCard, client)
            try await shop.waitUntilPaid(filling)
            let invoice = try await shop.invoice(filling)
            #expect(invoice["wallet_id"] == wallet)
            #expect(try await client.get("/v1/wallets/\(wallet)").require(200)["balance"] == "600")

            let (first, _) = try await shop.sentInvoice()
            try await pay(first, #"{"method":"wallet"}"#, client)
            try await shop.waitUntilPaid(first)
            #expect(try await shop.system.gateway.captures(of: "invoice_id", first).captures == 0)
            #expect(try await client.get("/v1/wallets/\(wallet)").require(200)["balance"] == "140")

            let (second, _) = try await shop.sentInvoice()
            let refusal = try await client.post("/v1/invoices/\(second)/pay", #"{"method":"wallet"}"#)
            #expect(refusal.status == 409 && refusal["code"] == "insufficient_balance")
            try await pay(
                second, #"{"method":"wallet_then_card","payment_method_id":"\#(card.id)"}"#, client)
            try await shop.waitUntilPaid(second)
            let sum = try await shop.system.gateway.captures(of: "invoice_id", second)
            #expect(sum == Gateway.Sum(captures: 1, captured: 32_000, refunded: 0))
            #expect(try await client.get("/v1/wallets/\(wallet)").require(200)["balance"] == "0")
            let entries = try await client.get("/v1/wallets/\(wallet)/entries").require(200).json.elements
            #expect(entries.map { $0["amount"]?.numberText } == ["-140", "-460", "600"])

            try await giveBack(second, of: wallet, at: shop)
        }

        /// The sender gives 100 back into the wallet.
        private func giveBack(_ invoice: String, of wallet: String, at shop: Northwind) async throws {
            let sender = try await shop.sender()
            let payments = try await sender.get("/v1/invoices/\(invoice)/payments").require(200).json.elements
            let payment = payments.first?["id"]?.string ?? ""
            let refund = try await sender.post(
                "/v1/payments/\(payment)/refunds", #"{"amount":100,"to":"wallet","reason":"Late"}"#
            ).require(201)
            #expect(refund["state"] == "succeeded")
            try await eventually("the refund on the invoice") {
                try await shop.invoice(invoice)["amount_refunded"] == "100"
            }
            #expect(try await sender.get("/v1/wallets/\(wallet)").require(200)["balance"] == "100")
            let excess = try await sender.post(
                "/v1/payments/\(payment)/refunds", #"{"amount":400,"to":"card"}"#)
            #expect(excess.status == 409)
        }

        /// Pays as the page does: a 503 is tried again.
        private func pay(_ invoice: String, _ body: String, _ client: APIClient) async throws {
            let key = RawID.random().uuidString
            let reply = try await eventually("an answer to a payment") {
                let reply = try await client.post("/v1/invoices/\(invoice)/pay", body, key: key)
                return reply.status == 503 || reply.status == 404 ? nil : reply
            }
            try reply.require(200, 202)
        }
    }
}
