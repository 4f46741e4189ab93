import Primitives
import TestKit
import Testing

extension Journeys {
    @Suite("The cards of a client", .timeLimit(.minutes(10)))
    struct CardJourneyTests {
        @Test("stand in for each other in the client's order; the last one that goes is asked for")
        func cards() async throws {
            let shop = try await Northwind.open()
            try await shop.registerClient()
            let first = try await shop.saveCard()
            let second = try await shop.saveCard("4000056655665556")
            let client = try await shop.client()
            func list() async throws -> [String] {
                try await client.get("/v1/payment_methods").require(200).json.elements.compactMap {
                    $0["id"]?.string
                }
            }
            func order(_ ids: [String]) -> String {
                #"{"payment_method_ids":[\#(ids.map { "\"\($0)\"" }.joined(separator: ","))]}"#
            }
            let path = "/v1/payment_methods/order"
            #expect(try await list() == [first.id, second.id])
            for wrong in [[first.id], [first.id, first.id], [first.id, second.id, "pm_x"], []] {
                #expect(try await client.put(path, order(wrong)).status == 422)
            }
            try await client.put(path, order([second.id, first.id])).require(200)
            #expect(try await list() == [second.id, first.id])
            let chosen = try await client.post("/v1/payment_methods/\(first.id)/default").require(200)
            #expect(chosen.json.elements.map { $0["is_default"]?.bool } == [true, false])
            let stranger = try await Northwind.open()
            try await stranger.registerClient()
            let other = try await stranger.client()
            #expect(try await other.post("/v1/payment_methods/\(first.id)/default").status == 404)
            #expect(try await other.put(path, order([first.id, second.id])).status == 422)
            #expect(try await other.send("DELETE", "/v1/payment_methods/\(first.id)").status == 404)

            try await shop.system.gateway.decline(first.method, with: "insufficient_funds")
            try await client.put(
                "/v1/mandates/\(shop.organization)",
                #"{"enabled":true,"payment_method_id":"\#(first.id)","charge":"now","fallback":true}"#
            ).require(200)
            let (id, _) = try await shop.sentInvoice()
            try await shop.waitUntilPaid(id)
            #expect(try await shop.system.gateway.captures(of: "invoice_id", id).captures == 1)

            func notices() async throws -> [String] {
                try await client.get("/v1/notices").require(200).json.elements.compactMap {
                    $0["kind"]?.string
                }
            }
            try await client.send("DELETE", "/v1/payment_methods/\(first.id)").require(204)
            let mandate = try await client.get("/v1/mandates").require(200).json.elements.first
            #expect(mandate?["payment_method_id"]?.string == second.id)
            #expect(mandate?["status"]?.string == "active")
            try await eventually("the notice of the next card") { try await notices().contains("next_card") }
            #expect(try await !notices().contains("payment_failed"))
            let last = try await shop.system.mail.mails(to: shop.clientMail).last?.id ?? 0
            try await client.send("DELETE", "/v1/payment_methods/\(second.id)").require(204)
            let asked = try await shop.system.mail.mail(to: shop.clientMail, after: last, "the wish") {
                $0.subject.hasPrefix("Please choose another card")
            }
            #expect(!asked.text.isEmpty)
            let left = try await client.get("/v1/mandates").require(200).json.elements.first
            #expect(left?["status"]?.string == "needs_update")
        }
    }
}
