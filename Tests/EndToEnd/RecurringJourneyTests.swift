import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("Invoices that come again and again", .timeLimit(.minutes(10)))
    struct RecurringJourneyTests {
        @Test(
            "three months bring three sent invoices, also when the invoice service was away for one of them, and the card that the client allowed pays each"
        )
        func threeMonths() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let card = try await shop.saveCard()
            try await shop.allowAutomaticPayment(card: card.id, afterDays: 0)
            let last = try await shop.system.mail.mails(to: shop.clientMail).last?.id ?? 0
            let day = try await shop.today(plus: 1)
            let series = try await shop.sender().post(
                "/v1/recurring_invoices",
                """
                {"name":"Retainer","unit":"month","start_date":"\(day)","time":"00:00","due_after_days":14,
                 "auto_send":true,"invoice":{"customer_id":"\(shop.customer)","title":"Retainer",
                 "line_items":[{"description":"Care","amount":"49.00"}]}}
                """
            ).require(201)
            let id = series["id"] ?? ""
            try await shop.system.advance(by: .seconds(2 * 86_400))
            try await shop.wait(forInvoices: 1, of: id)

            try await shop.system.part("invoice", "kill")
            try await shop.system.advance(by: .seconds(31 * 86_400))
            // The day has come and gone while nobody was there to make its invoice.
            try await eventually("the timer of the second month") {
                try await shop.system.query(
                    "SELECT sequence FROM scheduler.schedules WHERE kind = 'recurring_invoice'"
                ).split(separator: "\n").contains("2")
            }
            try await shop.system.part("invoice", "start")
            try await shop.wait(forInvoices: 2, of: id)
            try await shop.system.advance(by: .seconds(31 * 86_400))
            try await shop.wait(forInvoices: 3, of: id)

            let invoices = try await shop.sender().get("/v1/invoices?recurring_invoice_id=\(id)").json
                .elements
            #expect(Set(invoices.compactMap { $0["occurrence_date"]?.string }).count == 3)
            for invoice in invoices {
                let invoiceID = invoice["id"]?.string ?? ""
                try await shop.waitUntilPaid(invoiceID)
                let captures = try await shop.system.gateway.captures(of: "invoice_id", invoiceID)
                #expect(captures == Gateway.Sum(captures: 1, captured: 4_900, refunded: 0))
            }
            try await eventually("three mails with a link each") {
                try await shop.linksSent(after: last).count == 3
            }
            let token = try await shop.linksSent(after: last).first?.split(separator: "/").last ?? ""
            let page = try await APIClient(base: shop.system.url).get("/v1/invoices/pay/\(token)").require(
                200)
            #expect(page["recurring_invoice_id"] == id)
            let shown = try await shop.client().get("/v1/invoices/\(invoices[0]["id"]?.string ?? "")")
                .require(200)
            #expect(shown["recurring_invoice_id"] == id)
            let now = try await shop.sender().get("/v1/recurring_invoices/\(id)").require(200)
            #expect(now["invoice_count"] == "3" && now["status"] == "active")
        }
    }
}

extension Northwind {
    /// Waits until a series has made so many invoices, and not one more.
    fileprivate func wait(forInvoices count: Int, of id: String) async throws {
        let sender = try await sender()
        try await eventually("\(count) invoices of \(id)") {
            let invoices = try await sender.get("/v1/invoices?recurring_invoice_id=\(id)")
            return invoices.status == 200 && invoices.json.elements.count == count
        }
    }

    /// The different pay links that reached the client.
    fileprivate func linksSent(after last: Int) async throws -> Set<String> {
        let mails = try await system.mail.mails(to: clientMail).filter { $0.id > last }
        return Set(mails.flatMap(\.links).filter { $0.contains("/pay/invoice/") })
    }
}
