import Primitives
import Testing

@Suite("Idempotency keys of the simulated gateway", .timeLimit(.minutes(10)))
struct IdempotencyTests {
    @Test("the same key and body give the stored answer and capture once")
    func replay() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "4242424242424242")
            let charge = GatewayClient.charge(4_600, customer, method)
            let first = try await gateway.post("/v1/payment_intents", charge, key: "k1")
            let second = try await gateway.post("/v1/payment_intents", charge, key: "k1")
            #expect(!first.isReplayed)
            #expect(second.isReplayed)
            #expect(first["id"] == second["id"])
            let ledger = try await gateway.get("/_ledger?group=idempotency_key")
            #expect(ledger["groups.k1.captures"] == "1")
            #expect(ledger["captured"] == "4600")
        }
    }

    @Test("another body under the same key is an error of its own type")
    func otherBody() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "4242424242424242")
            _ = try await gateway.post(
                "/v1/payment_intents", GatewayClient.charge(1, customer, method), key: "k1")
            let other = try await gateway.post(
                "/v1/payment_intents", GatewayClient.charge(2, customer, method), key: "k1")
            #expect(other.status == 400)
            #expect(other["error.type"] == "idempotency_error")
        }
    }

    @Test("a key that is under way is refused with 409 until the first request is done")
    func inFlight() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "4242424242424242")
            let charge = GatewayClient.charge(1, customer, method)
            _ = try await gateway.order("/_control/faults", #"{"kind":"latency","delay_ms":400,"times":1}"#)
            async let one = gateway.post("/v1/payment_intents", charge, key: "k1")
            async let other = gateway.post("/v1/payment_intents", charge, key: "k1")
            #expect(try await [one.status, other.status].sorted() == [200, 409])
            #expect(try await gateway.post("/v1/payment_intents", charge, key: "k1").isReplayed)
        }
    }

    @Test("a decline is stored for its key, a request that makes no sense is not")
    func whatIsStored() async throws {
        try await GatewayClient.with { gateway in
            let (customer, method) = try await gateway.customer(with: "4000000000000341")
            let charge = GatewayClient.charge(1, customer, method)
            _ = try await gateway.post("/v1/payment_intents", charge, key: "k1")
            let again = try await gateway.post("/v1/payment_intents", charge, key: "k1")
            #expect(again.status == 402)
            #expect(again.isReplayed)
            let nonsense = try await gateway.post("/v1/payment_intents", [("amount", "-5")], key: "k2")
            #expect(nonsense.status == 400)
            #expect(try await gateway.post("/v1/customers", [], key: "k2").status == 200)
        }
    }

    @Test("a key is forgotten after its life")
    func lifetime() async throws {
        let clock = ManualClock(Instant(seconds: 1_800_000_000))
        try await GatewayClient.with(clock: clock) { gateway in
            let first = try await gateway.post("/v1/customers", [], key: "k1")
            clock.advance(by: .seconds(23 * 3_600))
            #expect(try await gateway.post("/v1/customers", [], key: "k1")["id"] == first["id"])
            clock.advance(by: .seconds(2 * 3_600))
            #expect(try await gateway.post("/v1/customers", [], key: "k1")["id"] != first["id"])
        }
    }
}
