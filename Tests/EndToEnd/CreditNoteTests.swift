import TestKit
import Testing

extension Journeys {
    @Suite("Credit notes", .timeLimit(.minutes(10)))
    struct CreditNoteTests {
        @Test("what was paid by card goes back to the card once, what is still due is only lowered")
        func paidAndDue() async throws {
            let shop = try await Northwind.open()
            let (id, token) = try await shop.sentInvoice()
            try await shop.sender().post(
                "/v1/invoices/\(id)/credit_notes", #"{"reason":"Discount","amount":60}"#
            ).require(201)
            let lowered = try await shop.invoice(id)
            #expect(lowered["amount_due"] == "400")
            // The payment service hears of it as an event; the page then asks for less.
            try await eventually("the lower amount on the page") {
                let page = try await APIClient(base: shop.system.url).get("/v1/invoices/pay/\(token)")
                return page["amount_due"] == "400"
            }
            try await shop.pay(token).require(200)
            try await shop.waitUntilPaid(id)
            let note = try await shop.sender().post(
                "/v1/invoices/\(id)/credit_notes", #"{"reason":"Returned","amount":100}"#
            ).require(201)
            #expect(note["settle"] == "refund")
            #expect(note["number"] == "CN-000002")
            try await eventually("the refund on the invoice") {
                try await shop.invoice(id)["amount_refunded"] == "100"
            }
            let invoice = try await shop.invoice(id)
            #expect(invoice["status"] == "paid")
            #expect(invoice["payment_status"] == "paid")
            let sum = try await shop.system.gateway.captures(of: "invoice_id", id)
            #expect(sum == Gateway.Sum(captures: 1, captured: 40_000, refunded: 10_000))
        }
    }
}
