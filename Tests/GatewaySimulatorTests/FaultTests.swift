import HTTPClient
import Primitives
import Testing

@Suite("Faults that the simulated gateway produces on demand", .timeLimit(.minutes(10)))
struct FaultTests {
    @Test("an answer after the time-out: the client knows nothing, the money is captured, the key tells")
    func lateAnswer() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "4242424242424242")
            let charge = GatewayClient.charge(700, customer, method)
            _ = try await gateway.order(
                "/_control/faults", #"{"kind":"late_answer","delay_ms":60000,"times":1}"#)
            let error = await #expect(throws: HTTPClientError.self) {
                _ = try await gateway.post(
                    "/v1/payment_intents", charge, key: "k", timeout: .milliseconds(300))
            }
            guard case .outcomeUnknown? = error else {
                Issue.record("the outcome must be unknown, not \(String(describing: error))")
                return
            }
            #expect(try await gateway.get("/_ledger")["captures"] == "1")
            let replay = try await gateway.post("/v1/payment_intents", charge, key: "k")
            #expect(replay.isReplayed)
            #expect(replay["status"] == "succeeded")
        }
    }

    @Test("a cut connection, before and after the charge")
    func resets() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "4242424242424242")
            // Not only once: curl itself sends again when a connection that it kept open is cut before an answer.
            _ = try await gateway.order("/_control/faults", #"{"kind":"reset_before"}"#)
            await #expect(throws: HTTPClientError.self) {
                _ = try await gateway.post(
                    "/v1/payment_intents", GatewayClient.charge(1, customer, method), key: "a")
            }
            #expect(try await gateway.get("/_ledger")["captures"] == "0")
            _ = try await gateway.delete("/_control/faults")
            _ = try await gateway.order("/_control/faults", #"{"kind":"reset_after"}"#)
            await #expect(throws: HTTPClientError.self) {
                _ = try await gateway.post(
                    "/v1/payment_intents", GatewayClient.charge(1, customer, method), key: "b")
            }
            #expect(try await gateway.get("/_ledger")["captures"] == "1")
        }
    }

    @Test("a 500 after the charge: lost on the way, or stored for the key")
    func errors() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "4242424242424242")
            let charge = GatewayClient.charge(1, customer, method)
            _ = try await gateway.order("/_control/faults", #"{"kind":"error_after","times":1}"#)
            #expect(try await gateway.post("/v1/payment_intents", charge, key: "a").status == 500)
            #expect(try await gateway.post("/v1/payment_intents", charge, key: "a")["status"] == "succeeded")
            _ = try await gateway.order("/_control/faults", #"{"kind":"stored_error_after","times":1}"#)
            #expect(try await gateway.post("/v1/payment_intents", charge, key: "b").status == 500)
            #expect(try await gateway.post("/v1/payment_intents", charge, key: "b").status == 500)
            let found = try await gateway.get(
                "/v1/payment_intents/search?query=metadata%5B%27attempt_id%27%5D%3A%27att_1%27")
            #expect(found.json["data"]?.elements.count == 2)
            #expect(try await gateway.get("/_ledger")["captures"] == "2")
        }
    }

    @Test("too many requests: 429 with the time to wait, nothing executed")
    func rateLimit() async throws {
        try await GatewayClient.with { gateway in
            _ = try await gateway.order(
                "/_control/faults", #"{"kind":"rate_limit","retry_after":3,"path":"/v1/customers","times":1}"#
            )
            let reply = try await gateway.post("/v1/customers", [], key: "k")
            #expect(reply.status == 429)
            #expect(reply.retryAfter == "3")
            #expect(try await gateway.post("/v1/customers", [], key: "k").status == 200)
        }
    }

    @Test("every charge of one card is declined as ordered, until the order is taken back")
    func orderedDeclines() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "4242424242424242")
            let order = #"{"payment_method":"\#(method)","decline_code":"insufficient_funds"}"#
            _ = try await gateway.order("/_control/declines", order)
            let declined = try await gateway.post(
                "/v1/payment_intents", GatewayClient.charge(1, customer, method))
            #expect(declined["error.decline_code"] == "insufficient_funds")
            _ = try await gateway.order("/_control/declines", #"{"payment_method":"\#(method)"}"#)
            let charged = try await gateway.post(
                "/v1/payment_intents", GatewayClient.charge(1, customer, method))
            #expect(charged["status"] == "succeeded")
        }
    }

    @Test("one in three requests fails, and faults can be lifted")
    func everyThird() async throws {
        try await GatewayClient.with { gateway in
            _ = try await gateway.order(
                "/_control/faults", #"{"kind":"error_before","path":"/v1/customers","every":3}"#)
            var statuses: [Int] = []
            for _ in 0..<6 { statuses.append(try await gateway.post("/v1/customers").status) }
            #expect(statuses == [200, 200, 500, 200, 200, 500])
            _ = try await gateway.delete("/_control/faults")
            for _ in 0..<3 { #expect(try await gateway.post("/v1/customers").status == 200) }
        }
    }
}
