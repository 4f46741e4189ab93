import GatewaySimulatorCore
import HTTPClient
import HTTPServer
import Lifecycle
import Observability
import Primitives
import ServiceKit
import TestKit

@testable import PaymentService

/// What the gateway of a world has to tell, and its way to the webhook.
extension PaymentWorld {
    static let webhookSecret = "whsec_new"
    static let webhooks = [
        "DUELY_GATEWAY_WEBHOOK_SECRETS": "whsec_new,whsec_old", "DUELY_GATEWAY_NOTICE_DELAY_MS": "0",
        "DUELY_GATEWAY_NOTICE_RETRY_MS": "100",
    ]

    /// The events of the gateway that mean something here, in the order in which they happened.
    func events() async throws -> [[UInt8]] {
        let list =
            try JSONDocument(parsing: try await get("/v1/events?limit=100")).root["data"]?.elements ?? []
        var events: [[UInt8]] = []
        for event in list.reversed() {
            guard let id = event["id"]?.string, let type = event["type"]?.string,
                GatewayNotice.Kind(rawValue: type) != nil
            else { continue }
            events.append(try await get("/v1/events/\(id)"))
        }
        return events
    }

    /// Posts to the webhook.
    func post(
        _ body: [UInt8], account: String = "platform", secret: String = webhookSecret,
        signedAt: Instant? = nil, signature: String? = nil
    ) async -> HTTPResponse {
        var router = Router()
        parts.parts.routes(&router)
        let pipeline = RequestPipeline(
            router: router, problems: ProblemMapping(), proxies: .none, log: .silent, metrics: Metrics())
        let header =
            signature
            ?? WebhookSignature.header(
                body: body, secret: secret, seconds: (signedAt ?? clock.now()).seconds)
        return await pipeline.respond(
            "POST", "/v1/gateway/webhooks/\(account)",
            headers: HTTPHeaders([HTTPHeaders.Field("Stripe-Signature", header)]), body: body)
    }

    /// Posts events and waits until all of them were worked off.
    func tell(_ events: [[UInt8]]) async throws {
        for event in events {
            let status = await post(event).status
            guard status == 200 else { throw TestFailure(description: "the webhook says \(status)") }
        }
        try await workOffNews()
    }

    func workOffNews() async throws {
        let loop = parts.notices.loop(wakeup: Wakeup())
        try await loop.start()
        let outcome: Result<Void, any Error>
        do {
            try await eventually("all news") {
                let left = try await scalar("SELECT count(*) FROM gateway_notices WHERE state = 'waiting'")
                if left != "0" { clock.advance(by: .milliseconds(50)) }
                return left == "0"
            }
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        await loop.stop()
        try outcome.get()
    }

    /// Orders something of the gateway.
    func order(_ path: String, _ json: String) async throws {
        _ = try await post(path, Array(json.utf8), key: "sk_test_1")
    }
}
