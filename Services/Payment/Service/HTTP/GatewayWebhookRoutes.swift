import HTTPServer
import Lifecycle
import Postgres
import Primitives
import ServiceKit

/// Where the gateway tells what happens by itself.
///
/// The signature is the login. An event is stored in one statement before it is acknowledged, and worked off later: a
/// slow answer would be taken for a failure and told again.
struct GatewayWebhookRoutes {
    let context: ServiceContext
    let settings: PaymentSettings
    let wakeup: Wakeup

    private static let bodyLimit = 256 << 10

    func add(to router: inout Router) {
        router.post("/v1/gateway/webhooks/{account}") { try await receive($0) }
    }

    private func receive(_ request: HTTPRequest) async throws -> HTTPResponse {
        let account = request.parameters["account"]
        guard account == SaveCard.platformAccount, !settings.webhookSecrets.isEmpty else {
            throw Problem.notFound
        }
        guard request.body.count <= Self.bodyLimit else {
            throw Problem(
                status: 413, code: "body_too_large", title: "The event is too large",
                detail: "At most \(Self.bodyLimit) bytes.")
        }
        let now = context.clock.now()
        let isSigned = StripeEvent.isSigned(
            request.body, header: request.headers["stripe-signature"] ?? "",
            secrets: settings.webhookSecrets, tolerance: settings.webhookTolerance, now: now)
        guard isSigned else {
            throw Problem(
                status: 400, code: "invalid_signature", title: "The signature does not fit the event")
        }
        let notice: GatewayNotice?
        do {
            notice = try StripeEvent.notice(request.body)
        } catch {
            throw Problem(status: 400, code: "invalid_event", title: "The body is not an event")
        }
        if let notice {
            try await context.pool.transaction { [settings] tx in
                try GatewayNoticeStore.keep(
                    notice, of: account, now: now, handleAt: now + settings.noticeDelay, in: tx)
            }
            wakeup.signal()
        }
        return .empty(200)
    }
}
