import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("Paying by the link in the mail", .timeLimit(.minutes(10)))
    struct PayByLinkTests {
        @Test("an invoice is drafted, finalized, sent, paid by card from its link, and a receipt arrives")
        func mainJob() async throws {
            let shop = try await Northwind.open()
            let (id, token) = try await shop.sentInvoice()
            let seen = try await shop.invoice(id)
            #expect(seen["status"] == "finalized")
            #expect(seen["number"]?.hasPrefix("NW-") == true)

            let page = try await APIClient(base: shop.system.url).get("/v1/invoices/pay/\(token)").require(
                200)
            #expect(page["is_paid"] == "false")
            let last = try await shop.system.mail.mails(to: shop.clientMail).last?.id ?? 0
            let paid = try await shop.pay(token).require(200)
            #expect(paid["state"] == "succeeded")
            // A 200 promises that a read right after it agrees.
            #expect(try await shop.invoice(id)["is_paid"] == "true")
            let captures = try await shop.system.gateway.captures(of: "invoice_id", id)
            #expect(captures == Gateway.Sum(captures: 1, captured: 46_000, refunded: 0))
            let receipt = try await shop.system.mail.mail(to: shop.clientMail, after: last, "the receipt")
            #expect(receipt.text.contains("460"))
            let again = try await shop.pay(token)
            #expect(again.status == 409, "\(again)")
            #expect(try await shop.system.gateway.captures(of: "invoice_id", id).captures == 1)
        }

        @Test("the older interface answers the same under its own prefix, with and without a slash")
        func olderPrefix() async throws {
            let shop = try await Northwind.open()
            let (id, token) = try await shop.sentInvoice()
            let api = APIClient(base: shop.system.url)
            for path in [
                "/api/v1/order-payments/invoices/pay/\(token)",
                "/api/v1/order-payments/invoices/pay/\(token)/",
            ] {
                #expect(try await api.get(path).require(200)["id"] == id)
            }
            let list = try await shop.sender().get("/api/v1/order-payments/invoices/").require(200)
            #expect(list.json.elements.contains { $0["id"]?.string == id })
        }

        @Test("a declined card leaves the invoice open, and another card pays it")
        func declined() async throws {
            let shop = try await Northwind.open()
            let (id, token) = try await shop.sentInvoice()
            let refused = try await shop.pay(token, card: "4000000000009995")
            #expect(refused.status == 402)
            #expect(refused["code"] == "payment_declined")
            #expect(refused.text.contains("insufficient_funds"))
            #expect(try await shop.invoice(id)["is_paid"] == "false")
            try await shop.pay(token).require(200)
            try await shop.waitUntilPaid(id)
            #expect(try await shop.system.gateway.captures(of: "invoice_id", id).captures == 1)
        }

        @Test("two payments at the same moment capture once")
        func race() async throws {
            let shop = try await Northwind.open()
            let (id, token) = try await shop.sentInvoice()
            async let first = shop.pay(token)
            async let second = shop.pay(token)
            let statuses = try await [first.status, second.status].sorted()
            #expect(statuses == [200, 409] || statuses == [202, 409], "\(statuses)")
            try await shop.waitUntilPaid(id)
            #expect(try await shop.system.gateway.captures(of: "invoice_id", id).captures == 1)
        }

        @Test("forged, cut and foreign links are answered alike, without telling why")
        func forgedLinks() async throws {
            let shop = try await Northwind.open()
            let (_, token) = try await shop.sentInvoice()
            let api = APIClient(base: shop.system.url)
            let last = token.hasSuffix("A") ? "B" : "A"
            for bad in [String(token.dropLast()), token.dropLast(2) + last + last, "INV-1-x", "%00", "a%2Fb"]
            {
                let reply = try await api.get("/v1/invoices/pay/\(bad)")
                #expect(reply.status == 404 || reply.status == 400, "\(bad): \(reply)")
            }
        }
    }
}
