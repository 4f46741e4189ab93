import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("Invoices in parts", .timeLimit(.minutes(10)))
    struct InstalmentJourneyTests {
        @Test(
            "three parts collect themselves on their days, beside a sum that the client pays by link in between"
        )
        func parts() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            try await shop.allowAutomaticPayment(card: card.id, afterDays: 0)
            let id = try await draft(in: shop)
            let mail = try await shop.send(id)
            #expect(mail.text.contains("Instalment 1 of 3"))
            let link = mail.links.first { $0.contains("/pay/invoice/") } ?? ""
            let token = String(link.split(separator: "/").last ?? "")

            try await wait(for: "230", of: id, in: shop)
            let first = try await shop.invoice(id)
            #expect(first["payment_status"] == "partially_paid")
            #expect(
                first.json["instalments"]?.elements.map { $0["status"]?.string } == ["paid", "open", "open"])
            #expect(first.json["next_instalment"]?["no"]?.int64 == 2)
            let page = try await APIClient(base: shop.system.url).get("/v1/invoices/pay/\(token)").require(
                200)
            #expect(page.json["next_instalment"]?["amount_due"]?.numberText == "138")

            #expect(try await shop.pay(token, #""amount":"230.01""#).status == 422)
            try await shop.pay(token, #""amount":"100.00""#).require(200)
            try await wait(for: "330", of: id, in: shop)
            try await shop.system.advance(by: .seconds(11 * 86_400))
            try await wait(for: "368", of: id, in: shop)
            #expect(try await shop.invoice(id)["is_paid"] == "false")
            let last = try await shop.system.mail.mails(to: shop.clientMail).last?.id ?? 0
            try await shop.system.advance(by: .seconds(10 * 86_400))
            try await shop.waitUntilPaid(id)
            let captures = try await shop.system.gateway.captures(of: "invoice_id", id)
            #expect(captures == Gateway.Sum(captures: 4, captured: 46_000, refunded: 0))
            let receipt = try await shop.system.mail.mail(
                to: shop.clientMail, after: last, "the last receipt"
            ) {
                $0.text.contains("3 of 3")
            }
            #expect(receipt.text.contains("$92.00"))
            let charges = try await shop.client().get("/v1/charges").require(200).json.elements
            #expect(charges.compactMap { $0["instalment"]?.int64 }.sorted() == [1, 2, 3])
            #expect(charges.allSatisfy { $0["state"]?.string == "collected" })
        }

        /// 460.00 in three parts: 230.00 today, 138.00 in ten days, 92.00 in twenty.
        private func draft(in shop: Northwind) async throws -> String {
            let days = [
                try await shop.today(plus: 0), try await shop.today(plus: 10), try await shop.today(plus: 20),
            ]
            let body = """
                {"customer_id":"\(shop.customer)","title":"Consulting","instalments":[
                 {"due_date":"\(days[0])","percent":50},{"due_date":"\(days[1])","percent":30},
                 {"due_date":"\(days[2])","percent":20}],
                 "line_items":[{"description":"Analysis","amount":"460.00"}]}
                """
            return try await shop.sender().post("/v1/invoices", body).require(201)["id"] ?? ""
        }

        private func wait(for amount: String, of id: String, in shop: Northwind) async throws {
            try await eventually(every: .milliseconds(200), "\(amount) on the invoice") {
                try await shop.invoice(id)["amount_paid"] == amount
            }
        }
    }
}
