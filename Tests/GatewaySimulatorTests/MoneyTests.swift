import Foundation
import Primitives
import Testing

@Suite("Money at the simulated gateway", .timeLimit(.minutes(10)))
struct MoneyTests {
    @Test("refunds never exceed what was captured")
    func refunds() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "4242424242424242")
            let intent = try await gateway.post(
                "/v1/payment_intents", GatewayClient.charge(1_000, customer, method))
            let id = intent["id"] ?? ""
            func refund(_ amount: String?) async throws -> GatewayClient.Reply {
                let fields = [("payment_intent", id)] + (amount.map { [("amount", $0)] } ?? [])
                return try await gateway.post("/v1/refunds", fields)
            }
            #expect(try await refund("400")["status"] == "succeeded")
            #expect(try await refund("601").status == 400)
            #expect(try await refund(nil)["amount"] == "600")
            #expect(try await refund(nil)["error.code"] == "charge_already_refunded")
            #expect(try await gateway.get("/_ledger")["refunded"] == "1000")
        }
    }

    @Test("an authorization is captured in part, once")
    func capture() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "5555555555554444")
            let fields = GatewayClient.charge(900, customer, method) + [("capture_method", "manual")]
            let intent = try await gateway.post("/v1/payment_intents", fields)
            #expect(intent["status"] == "requires_capture")
            #expect(try await gateway.get("/_ledger")["captures"] == "0")
            let path = "/v1/payment_intents/\(intent["id"] ?? "")/capture"
            #expect(try await gateway.post(path, [("amount_to_capture", "901")]).status == 400)
            #expect(try await gateway.post(path, [("amount_to_capture", "600")])["amount_received"] == "600")
            #expect(try await gateway.post(path)["error.code"] == "payment_intent_unexpected_state")
        }
    }

    @Test("a canceled intent cannot be confirmed, a paid one cannot be canceled")
    func cancel() async throws {
        try await GatewayClient.with { gateway in
            let intent = try await gateway.post(
                "/v1/payment_intents", [("amount", "5"), ("currency", "jpy")])
            let path = "/v1/payment_intents/\(intent["id"] ?? "")"
            #expect(try await gateway.post("\(path)/cancel")["status"] == "canceled")
            #expect(
                try await gateway.post("\(path)/confirm", [("payment_method", "pm_card_visa")]).status == 400)
            let paid = try await gateway.post(
                "/v1/payment_intents",
                [
                    ("amount", "5"), ("currency", "jpy"), ("payment_method", "pm_card_visa"),
                    ("confirm", "true"),
                ])
            #expect(try await gateway.post("/v1/payment_intents/\(paid["id"] ?? "")/cancel").status == 400)
        }
    }

    @Test(
        "requests that make no sense name the parameter",
        arguments: [
            ([("currency", "eur")], "amount"), ([("amount", "0"), ("currency", "eur")], "amount"),
            ([("amount", "1.5"), ("currency", "eur")], "amount"), ([("amount", "5")], "currency"),
            ([("amount", "5"), ("currency", "zzz")], "currency"),
            ([("amount", "5"), ("currency", "eur"), ("confirm", "true")], "payment_method"),
            ([("amount", "5"), ("currency", "eur"), ("off_session", "true")], "off_session"),
        ])
    func nonsense(fields: [(String, String)], parameter: String) async throws {
        try await GatewayClient.with { gateway in
            let reply = try await gateway.post("/v1/payment_intents", fields)
            #expect(reply.status == 400)
            #expect(reply["error.type"] == "invalid_request_error")
            #expect(reply["error.param"] == parameter)
        }
    }

    @Test("a detached card and another customer's card cannot be charged")
    func ownership() async throws {
        try await GatewayClient.with { gateway in
            let (_, method) = try await gateway.customer(with: "4242424242424242")
            let stranger = try await gateway.post("/v1/customers")["id"] ?? ""
            let foreign = try await gateway.post(
                "/v1/payment_intents", GatewayClient.charge(1, stranger, method))
            #expect(foreign.status == 400)
            _ = try await gateway.post("/v1/payment_methods/\(method)/detach")
            let detached = try await gateway.post(
                "/v1/payment_intents",
                [("amount", "1"), ("currency", "eur"), ("payment_method", method), ("confirm", "true")])
            #expect(detached.status == 400)
        }
    }

    @Test("two hundred charges at once are captured once each, and the lists tell the same")
    func concurrency() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "4242424242424242")
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<200 {
                    for _ in 0..<2 {
                        group.addTask {
                            let fields = GatewayClient.charge(10, customer, method, attempt: "att_\(number)")
                            let reply = try await gateway.post(
                                "/v1/payment_intents", fields, key: "key_\(number)")
                            #expect(reply.status == 200 || reply.status == 409)
                        }
                    }
                }
                try await group.waitForAll()
            }
            let ledger = try await gateway.get("/_ledger?group=attempt_id")
            #expect(ledger["captures"] == "200")
            #expect(ledger.json["groups"]?.members.count == 200)
            let page = try await gateway.get("/v1/payment_intents?limit=100&customer=\(customer)")
            #expect(page.json["data"]?.elements.count == 100)
            #expect(page["has_more"] == "true")
        }
    }

    @Test("beyond its limit the gateway forgets the oldest objects but not the sums")
    func bounds() async throws {
        try await GatewayClient.with(["DUELY_GATEWAY_OBJECT_LIMIT": "100"]) { gateway in
            let (customer, method) = try await gateway.customer(with: "4242424242424242")
            let first = try await gateway.post(
                "/v1/payment_intents", GatewayClient.charge(1, customer, method))
            for _ in 0..<149 {
                _ = try await gateway.post("/v1/payment_intents", GatewayClient.charge(1, customer, method))
            }
            #expect(try await gateway.get("/v1/payment_intents/\(first["id"] ?? "")").status == 404)
            let ledger = try await gateway.get("/_ledger")
            #expect(ledger["captures"] == "150")
            #expect(ledger["forgotten"] == "50")
        }
    }
}

@Suite("What the simulated gateway keeps between runs", .timeLimit(.minutes(10)))
struct MemoryTests {
    @Test("cards, keys and the ledger survive a restart")
    func restart() async throws {
        let path = "/tmp/duely-test-gateway-\(UInt64.random(in: 0...UInt64.max)).json"
        let environment = ["DUELY_GATEWAY_STATE_FILE": path]
        var saved = (customer: "", method: "")
        try await GatewayClient.with(environment) { gateway in
            saved = try await gateway.customer(with: "4242424242424242")
            let charge = GatewayClient.charge(700, saved.customer, saved.method)
            #expect(try await gateway.post("/v1/payment_intents", charge, key: "k1").status == 200)
        }
        try await GatewayClient.with(environment) { gateway in
            let charge = GatewayClient.charge(700, saved.customer, saved.method)
            #expect(try await gateway.post("/v1/payment_intents", charge, key: "k1").isReplayed)
            #expect(try await gateway.post("/v1/payment_intents", charge, key: "k2").status == 200)
            #expect(try await gateway.get("/_ledger")["captured"] == "1400")
            let found = try await gateway.get(
                "/v1/payment_intents/search?query=metadata%5B%27attempt_id%27%5D%3A%27att_1%27")
            #expect(found.json["data"]?.elements.count == 2)
        }
        try FileManager.default.removeItem(atPath: path)
    }
}
