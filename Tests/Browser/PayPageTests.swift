import Primitives
import TestKit
import Testing

@Suite("Pages in a real browser", .timeLimit(.minutes(10)))
struct PayPageTests {
    @Test(
        "a client pays from the link: an incomplete card, a refused one, then a good one",
        .enabled(if: RealBrowser.isInstalled))
    func pay() async throws {
        let system = try await RunningSystem.start()
        let (invoice, link) = try await sentInvoice(system)
        let seen = try await RealBrowser.run("pay_page", [link])
        #expect(seen["amount"]?.string == "$460.00")
        #expect(seen["incomplete"]?.string == "Please check the marked fields.")
        #expect(seen["focused"]?.string == "receipt-title")
        #expect(seen["number_left"]?.string == "")
        #expect(seen["styles"]?.int64 == 0)
        // The refused card is a 402, which browsers mention; nothing else may be said.
        let console = seen["console"]?.elements.compactMap(\.string) ?? []
        #expect(console.filter { !$0.contains("402") } == [])
        for post in seen["posts"]?.elements ?? [] {
            let (address, body) = (post.elements[0].string ?? "", post.elements[1].string ?? "")
            guard body.contains("4242") || body.contains("9995") else { continue }
            #expect(address.hasPrefix(system.gateway.url), "a card number went to \(address)")
        }
        #expect(try await system.gateway.captures(of: "invoice_id", invoice).captures == 1)
        await system.stop()
    }

    private func sentInvoice(_ system: RunningSystem) async throws -> (id: String, link: String) {
        let api = APIClient(base: system.url)
        let password = "correct horse battery staple"
        try await api.post(
            "/v1/sign-up",
            """
            {"email":"s@northwind.test","password":"\(password)","name":"Nora",
             "organization":{"name":"Northwind","currency":"USD","zone":"Europe/Berlin","invoice_prefix":"NW"}}
            """
        ).require(201)
        try await system.proveAddress("s@northwind.test")
        let session = try await api.post(
            "/v1/sessions", #"{"email":"s@northwind.test","password":"\#(password)"}"#
        ).require(200)
        let sender = api.with(token: session["access_token"] ?? "")
        let customer = try await eventually("a customer of a new organization") {
            let reply = try await sender.post("/v1/customers", #"{"name":"Acme","email":"c@acme.test"}"#)
            return reply.status == 201 ? reply["id"] : nil
        }
        let due = String((SystemClock().now() + .seconds(14 * 86_400)).rfc3339.prefix(10))
        let invoice = try await sender.post(
            "/v1/invoices",
            """
            {"customer_id":"\(customer)","due_date":"\(due)","title":"Consulting",
             "line_items":[{"description":"Analysis","amount":"460.00","quantity":1}]}
            """
        ).require(201)
        let id = invoice["id"] ?? ""
        try await sender.post("/v1/invoices/\(id)/finalize").require(200)
        try await sender.post("/v1/invoices/\(id)/send").require(200, 202)
        let mail = try await system.mail.mail(to: "c@acme.test", "the invoice")
        return (id, mail.links.first { $0.contains("/pay/invoice/") } ?? "")
    }
}
