import Testing

@Suite("Test cards of the simulated gateway", .timeLimit(.minutes(10)))
struct CardTests {
    @Test(
        "each documented card is declined with its own codes",
        arguments: [
            ("4000000000000002", "card_declined", "generic_decline"),
            ("4000000000009995", "card_declined", "insufficient_funds"),
            ("4000000000009987", "card_declined", "lost_card"),
            ("4000000000009979", "card_declined", "stolen_card"),
            ("4000000000000069", "expired_card", "expired_card"),
            ("4000000000000127", "incorrect_cvc", "incorrect_cvc"),
            ("4000000000000119", "processing_error", "processing_error"),
        ])
    func declines(number: String, code: String, declineCode: String) async throws {
        try await GatewayClient.with { gateway in
            let method = try await gateway.method(number)
            let reply = try await gateway.post(
                "/v1/payment_intents",
                [("amount", "100"), ("currency", "usd"), ("payment_method", method), ("confirm", "true")])
            #expect(reply.status == 402)
            #expect(reply["error.type"] == "card_error")
            #expect(reply["error.code"] == code)
            #expect(reply["error.decline_code"] == declineCode)
            #expect(reply["error.payment_intent.status"] == "requires_payment_method")
            let customer = try await gateway.post("/v1/customers")["id"] ?? ""
            let attach = try await gateway.post(
                "/v1/payment_methods/\(method)/attach", [("customer", customer)])
            #expect(attach.status == 402)
            #expect(try await gateway.get("/_ledger")["captures"] == "0")
        }
    }

    @Test("one card can be saved and declines afterwards")
    func declinesOnceSaved() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "4000000000000341")
            let reply = try await gateway.post(
                "/v1/payment_intents", GatewayClient.charge(100, customer, method))
            #expect(reply.status == 402)
            #expect(reply["error.decline_code"] == "generic_decline")
        }
    }

    @Test("a number without its check digit, a card of the past and a number of a real card are refused")
    func refusals() async throws {
        try await GatewayClient.with { gateway in
            let wrong = try await gateway.post("/v1/payment_methods", GatewayClient.card("4242424242424241"))
            #expect(wrong["error.code"] == "incorrect_number")
            var old = GatewayClient.card("4242424242424242")
            old[3].1 = "2020"
            #expect(try await gateway.post("/v1/payment_methods", old)["error.code"] == "invalid_expiry_year")
            let real = try await gateway.method("4111111111111111")
            let reply = try await gateway.post(
                "/v1/payment_intents",
                [("amount", "100"), ("currency", "usd"), ("payment_method", real), ("confirm", "true")])
            #expect(reply["error.decline_code"] == "test_mode_live_card")
        }
    }

    @Test("a card that wants its holder fails off session, works after set-up, or asks every time")
    func authentication() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "4000002500003155")
            let refused = try await gateway.post(
                "/v1/payment_intents", GatewayClient.charge(100, customer, method))
            #expect(refused.status == 402)
            #expect(refused["error.code"] == "authentication_required")
            let setup = try await gateway.post(
                "/v1/setup_intents",
                [("customer", customer), ("payment_method", method), ("confirm", "true")])
            #expect(setup["status"] == "requires_action")
            #expect(
                setup["next_action.redirect_to_url.url"]?.hasSuffix("/_authenticate/\(setup["id"] ?? "")")
                    == true)
            _ = try await gateway.order("/_control/authenticate", #"{"intent":"\#(setup["id"] ?? "")"}"#)
            #expect(try await gateway.get("/v1/setup_intents/\(setup["id"] ?? "")")["status"] == "succeeded")
            let charged = try await gateway.post(
                "/v1/payment_intents", GatewayClient.charge(100, customer, method))
            #expect(charged["status"] == "succeeded")

            let always = try await gateway.method("4000002760003184")
            let asks = try await gateway.post(
                "/v1/payment_intents",
                [("amount", "100"), ("currency", "usd"), ("payment_method", always), ("confirm", "true")])
            #expect(asks["status"] == "requires_action")
            let failed = try await gateway.order(
                "/_control/authenticate", #"{"intent":"\#(asks["id"] ?? "")","succeeds":false}"#)
            #expect(failed["last_payment_error.code"] == "payment_intent_authentication_failure")
            #expect(try await gateway.get("/_ledger")["captures"] == "1")
        }
    }

    @Test("a publishable key makes payment methods and nothing else")
    func publishableKey() async throws {
        try await GatewayClient.with { gateway in
            let method = try await gateway.method("4242424242424242")
            #expect(method.hasPrefix("pm_"))
            let charge = try await gateway.post(
                "/v1/payment_intents", [("amount", "100"), ("currency", "usd")], apiKey: "pk_test_1")
            #expect(charge.status == 401)
            #expect(try await gateway.post("/v1/customers", apiKey: "nonsense").status == 401)
        }
    }
}
