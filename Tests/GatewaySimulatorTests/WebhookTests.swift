import Crypto
import GatewaySimulatorCore
import HTTPServer
import Observability
import Primitives
import Synchronization
import TestKit
import Testing

@Suite("Webhooks of the simulated gateway", .timeLimit(.minutes(10)))
struct WebhookTests {
    /// An endpoint that fails a number of times before it accepts.
    private final class Receiver: Sendable {
        let server: HTTPServer

        init(failing failures: Int) {
            var router = Router()
            let box = Box()
            box.failures.withLock { $0 = failures }
            router.post("/hook") { request in box.receive(request) }
            self.box = box
            server = HTTPServer(
                HTTPServerConfiguration.behindProxy(port: 0),
                pipeline: RequestPipeline(
                    router: router, problems: ProblemMapping(), proxies: .none, log: .silent,
                    metrics: Metrics()),
                log: .silent, metrics: Metrics())
        }

        private let box: Box
        var accepted: [(body: [UInt8], signature: String)] { box.accepted.withLock { $0 } }

        private final class Box: Sendable {
            let failures = Mutex(0)
            let accepted = Mutex<[(body: [UInt8], signature: String)]>([])

            func receive(_ request: HTTPRequest) -> HTTPResponse {
                let fails = failures.withLock { left in
                    defer { left = max(0, left - 1) }
                    return left > 0
                }
                if fails { return HTTPResponse.empty(503) }
                accepted.withLock { $0.append((request.body, request.headers["stripe-signature"] ?? "")) }
                return HTTPResponse.empty(200)
            }
        }
    }

    @Test("a capture is told with a signature that verifies, again until the endpoint accepts it")
    func signedAndRetried() async throws {
        let receiver = Receiver(failing: 2)
        try await receiver.server.start()
        try await GatewayClient.with(["DUELY_GATEWAY_WEBHOOK_RETRIES": "0,0,1"]) { gateway in
            let url = "http://127.0.0.1:\(receiver.server.port ?? 0)/hook"
            _ = try await gateway.order("/_control/webhooks", #"{"url":"\#(url)","secret":"whsec_test"}"#)
            _ = try await gateway.post(
                "/v1/payment_intents",
                [
                    ("amount", "5"), ("currency", "eur"), ("payment_method", "pm_card_visa"),
                    ("confirm", "true"),
                ])
            try await eventually { receiver.accepted.count == 3 }
            let types = try receiver.accepted.map {
                try JSONDocument(parsing: $0.body).root["type"]?.string ?? ""
            }
            #expect(Set(types) == ["payment_intent.created", "charge.succeeded", "payment_intent.succeeded"])
            for (body, signature) in receiver.accepted {
                let fields = Dictionary(
                    uniqueKeysWithValues: signature.split(separator: ",").map { field in
                        let parts = field.split(separator: "=", maxSplits: 1)
                        return (String(parts[0]), String(parts[1]))
                    })
                let code = HMAC.sha256(
                    Array("\(fields["t"] ?? "").".utf8) + body, key: Array("whsec_test".utf8))
                #expect(fields["v1"] == Hex.encode(code))
            }
            try await eventually { try await gateway.get("/_control/status")["webhooks_delivered"] == "3" }
        }
        await receiver.server.stop()
    }

    @Test("the list of events tells the same without any endpoint")
    func eventList() async throws {
        try await GatewayClient.with { gateway in
            _ = try await gateway.post("/v1/customers")
            let list = try await gateway.get("/v1/events?type=customer.created")
            #expect(list.json["data"]?.elements.count == 1)
        }
    }
}
