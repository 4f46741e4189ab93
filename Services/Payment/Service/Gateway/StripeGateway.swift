import HTTPClient
import PaymentDomain
import Primitives

/// The Stripe API behind `CardGateway`.
struct StripeGateway: CardGateway {
    let client: HTTPClient
    let baseURL: String
    let secretKey: Secret<String>
    let limits: ClientRequest.Limits

    func request(_ method: String, _ path: String, _ body: FormBody? = nil, key: String? = nil)
        -> ClientRequest
    {
        var headers = [(name: "Authorization", value: "Bearer \(secretKey.reveal())")]
        if body != nil { headers.append((name: "Content-Type", value: "application/x-www-form-urlencoded")) }
        if let key { headers.append((name: "Idempotency-Key", value: key)) }
        return ClientRequest(
            method: method, url: baseURL + path, headers: headers, body: body?.bytes ?? [], limits: limits)
    }

    func charge(_ call: ChargeCall, completion: @escaping @Sendable (GatewayOutcome) -> Void) {
        let body = FormBody([
            "amount": String(call.amount.minorUnits), "currency": call.amount.currency.code.lowercased(),
            "customer": call.customer, "payment_method": call.method, "confirm": "true",
            "off_session": call.isOffSession ? "true" : nil,
            "metadata[attempt_id]": call.attemptID.description,
            "metadata[payment_id]": call.paymentID.description,
            "metadata[invoice_id]": call.invoiceID?.description,
        ])
        _ = client.start(request("POST", "/v1/payment_intents", body, key: call.idempotencyKey)) { result in
            completion(StripeReply.outcome(of: result))
        }
    }

    func lookUp(_ attempt: AttemptID) async throws(GatewayFailure) -> GatewayOutcome? {
        let query = FormBody(["query": "metadata['attempt_id']:'\(attempt)'"])
        let path = "/v1/payment_intents/search?" + String(decoding: query.bytes, as: UTF8.self)
        let found = try await send(request("GET", path))["data"]?.elements ?? []
        return found.first.flatMap { StripeReply.outcome(ofIntent: $0) }
    }

    func retrieve(reference: String) async throws(GatewayFailure) -> GatewayOutcome? {
        StripeReply.outcome(
            ofIntent: try await send(request("GET", "/v1/payment_intents/\(escaped(reference))")))
    }

    func attempt(behind reference: String) async throws(GatewayFailure) -> AttemptID? {
        let intent = try await send(request("GET", "/v1/payment_intents/\(escaped(reference))"))
        return intent["metadata"]?["attempt_id"]?.string.flatMap { AttemptID($0) }
    }

    func confirm(reference: String, method: String, returnTo page: String) async throws(GatewayFailure)
        -> GatewayConfirmation
    {
        let body = FormBody(["payment_method": method, "return_url": page])
        do {
            let intent = try await send(
                request("POST", "/v1/payment_intents/\(escaped(reference))/confirm", body))
            if let page = intent["next_action"]?["redirect_to_url"]?["url"]?.string { return .page(page) }
            return .ended(StripeReply.outcome(ofIntent: intent) ?? .lost(reason: "unknown_status"))
        } catch .refused {
            // The bank refused, or it has ended meanwhile: what it became tells.
            return .ended(try await retrieve(reference: reference) ?? .lost(reason: "unknown_status"))
        }
    }

    func cancel(reference: String) async throws(GatewayFailure) -> GatewayOutcome {
        do {
            let intent = try await send(
                request("POST", "/v1/payment_intents/\(escaped(reference))/cancel", FormBody([:])))
            return StripeReply.outcome(ofIntent: intent) ?? .lost(reason: "unknown_status")
        } catch .refused {
            // It cannot be cancelled any more: what it became tells why.
            return try await retrieve(reference: reference) ?? .lost(reason: "unknown_status")
        }
    }

    func refund(_ call: RefundCall) async -> RefundOutcome {
        let body = FormBody([
            "payment_intent": call.gatewayPayment, "amount": String(call.amount.minorUnits),
            "metadata[refund_id]": call.refundID.description,
        ])
        do throws(GatewayFailure) {
            return Self.outcome(
                try await send(request("POST", "/v1/refunds", body, key: call.refundID.description)))
        } catch {
            switch error {
            case .refused(let code): return .refused(code: code)
            case .unavailable(let reason): return .again(reason: reason)
            }
        }
    }

    func lookUp(_ refund: RefundCall) async throws(GatewayFailure) -> RefundOutcome? {
        var cursor: String?
        repeat {
            let query = FormBody([
                "payment_intent": refund.gatewayPayment, "limit": "100", "starting_after": cursor,
            ])
            let list = try await send(
                request("GET", "/v1/refunds?" + String(decoding: query.bytes, as: UTF8.self)))
            let refunds = list["data"]?.elements ?? []
            let id = refund.refundID.description
            if let found = refunds.first(where: { $0["metadata"]?["refund_id"]?.string == id }) {
                return Self.outcome(found)
            }
            cursor = list["has_more"]?.bool == true ? refunds.last?["id"]?.string : nil
        } while cursor != nil
        return nil
    }

    private static func outcome(_ refund: JSONNode) -> RefundOutcome {
        guard let id = refund["id"]?.string else { return .again(reason: "unparsable_answer") }
        let status = refund["status"]?.string ?? "succeeded"
        return status == "failed" || status == "canceled" ? .refused(code: status) : .refunded(reference: id)
    }

    func createCustomer(for account: AccountID) async throws(GatewayFailure) -> String {
        let body = FormBody(["metadata[account_id]": account.description])
        return try text(
            "id", of: await send(request("POST", "/v1/customers", body, key: "customer-\(account)")))
    }

    func createSetup(customer: String) async throws(GatewayFailure) -> CardSetup {
        let body = FormBody(["customer": customer, "usage": "off_session"])
        let setup = try await send(request("POST", "/v1/setup_intents", body))
        return CardSetup(
            reference: try text("id", of: setup), clientSecret: try text("client_secret", of: setup))
    }

    func card(ofSetup reference: String, customer: String) async throws(GatewayFailure) -> GatewayCard {
        let setup = try await send(request("GET", "/v1/setup_intents/\(escaped(reference))"))
        guard setup["customer"]?.string == customer else { throw .refused(code: "setup_of_another_customer") }
        guard setup["status"]?.string == "succeeded" else { throw .refused(code: "setup_not_finished") }
        return try await attach(method: try text("payment_method", of: setup), customer: customer)
    }

    func attach(method: String, customer: String) async throws(GatewayFailure) -> GatewayCard {
        let path = "/v1/payment_methods/\(escaped(method))/attach"
        return try card(await send(request("POST", path, FormBody(["customer": customer]))))
    }

    func detach(method: String) async throws(GatewayFailure) {
        _ = try await send(request("POST", "/v1/payment_methods/\(escaped(method))/detach", FormBody([:])))
    }

    func send(_ request: ClientRequest) async throws(GatewayFailure) -> JSONNode {
        let response: ClientResponse
        do throws(HTTPClientError) {
            response = try await client.send(request)
        } catch {
            throw .unavailable("\(error)")
        }
        switch response.status {
        case 200..<300:
            guard let body = StripeReply.body(response) else { throw .unavailable("unparsable_answer") }
            return body
        case 400, 402, 404, 422:
            throw .refused(code: StripeReply.error(response)?.code ?? "http_\(response.status)")
        default: throw .unavailable("http_\(response.status)")
        }
    }

    private func text(_ name: String, of node: JSONNode) throws(GatewayFailure) -> String {
        guard let text = node[name]?.string else { throw .unavailable("no \(name) in the answer") }
        return text
    }

    private func card(_ method: JSONNode) throws(GatewayFailure) -> GatewayCard {
        guard let card = StripeReply.card(method) else { throw .unavailable("no card in the answer") }
        return card
    }

    /// Ids come from outside; nothing in them may leave its place in the path.
    func escaped(_ id: String) -> String {
        String(decoding: FormBody([id: ""]).bytes.dropLast(), as: UTF8.self)
    }
}
