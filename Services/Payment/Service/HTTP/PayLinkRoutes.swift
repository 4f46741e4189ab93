import Crypto
import EventContracts
import HTTPServer
import Observability
import PaymentDomain
import Postgres
import Primitives
import ServiceKit

/// Paying by the link in a mail: no login is needed, the token is the right to see and to pay.
struct PayLinkRoutes {
    let context: ServiceContext
    let desk: PaymentDesk
    let settings: PaymentSettings

    func add(to router: inout Router) {
        router.get("/v1/pay/config") { _ in configuration() }
        router.get("/v1/invoices/pay/{token}") { try await show($0) }
        router.post("/v1/invoices/pay/{token}") { try await pay($0) }
        router.post("/v1/invoices/pay/{token}/renewal") { try await renew($0) }
    }

    /// What a browser needs to hand a card to the gateway.
    private func configuration() -> HTTPResponse {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("gateway_url", settings.gatewayPublicURL)
        writer.member("publishable_key", settings.gatewayPublishableKey)
        writer.endObject()
        return .json(200, writer.bytes)
    }

    /// Shows the invoice, also when it is paid or voided: the page explains.
    ///
    /// A GET never uses a link up, because mail scanners follow links.
    private func show(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (view, link) = try await opened(request)
        do {
            try PaymentRules.checkLink(view, generation: Int64(link.generation), now: context.clock.now())
        } catch {
            guard view.payable.openMinor == 0 else { throw error }
        }
        let invoice = view.payable.invoiceID
        let mandate = try await context.pool.transaction { tx in
            try MandateStore.covering(invoice, in: tx)
        }
        let autopay = mandate?.mandate.status == .active ? mandate?.scope : nil
        return .json(200, InvoiceJSON.bytes(view, autopay: autopay, at: context.clock.now()))
    }

    private func pay(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (view, link) = try await opened(request)
        let principal = try await context.authenticator.authenticateIfPresent(request)
        let fields = try request.fields()
        let payWith = fields.choice("method", PayWith.self) ?? .card
        let method = fields.string("payment_method", minimumLength: 1, maximumLength: 200)
        if payWith == .card { _ = fields.require("payment_method", method) }
        let portion = fields.portion(in: view.payable.currency)
        guard fields.errors.isEmpty else { throw fields.invalid }
        let client = principal.flatMap { $0.role == .client ? $0.accountID : nil }
        // The link is the right to pay; whose wallet pays, only a login says.
        guard payWith == .card || client != nil else { throw Problem.unauthenticated }
        let wish = StartPayment.Wish(
            invoiceID: view.payable.invoiceID, source: .link, linkGeneration: Int64(link.generation),
            accountID: client, card: method.map { .handedOver($0) }, payWith: payWith,
            portion: portion)
        return try await context.idempotency.perform(request, caller: Self.caller(request)) { claim in
            try await desk.pay(wish, claim: claim)
        }
    }

    /// 202 whether or not there is an address to which the fresh link can go.
    private func renew(_ request: HTTPRequest) async throws -> HTTPResponse {
        let (view, link) = try await opened(request)
        let ask = RequestLinkRenewal(outbox: context.outbox, clock: context.clock)
        let cause = EventCause(
            traceparent: request.context.trace.traceparent, clockTime: context.clock.now())
        return try await context.idempotency.perform(request, caller: Self.caller(request)) { claim in
            try await context.pool.transaction { tx in
                try ask(
                    view.payable.invoiceID, generation: Int64(link.generation), cause: cause, in: tx)
                return try claim.answer(.empty(202), in: tx)
            }
        }
    }

    private static func caller(_ request: HTTPRequest) -> String {
        "link \(Hex.encode(SHA256.hash(request.path)))"
    }

    private func opened(_ request: HTTPRequest) async throws -> (PayableStore.View, PayLink) {
        let link: PayLink
        do throws(PayLinkToken.Failure) {
            link = try settings.payLinks.verify(request.parameters["token"])
        } catch {
            // Whether it is malformed, forged or made with an old key is nobody's business.
            throw Problem.notFound
        }
        return (try await desk.find(InvoiceID(link.invoiceID)), link)
    }
}
