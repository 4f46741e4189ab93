import HTTPClient
import PaymentDomain
import Primitives

/// Reads what the Stripe API answers; the one place that knows its statuses and codes.
enum StripeReply {
    /// What an answer to a charge means.
    ///
    /// Whatever is not understood is `lost`, never a refusal.
    static func outcome(of result: Result<ClientResponse, HTTPClientError>) -> GatewayOutcome {
        switch result {
        case .failure(.notSent): .notExecuted(.notSent, retryAfter: nil)
        case .failure(.outcomeUnknown(let failure)): .lost(reason: "\(failure)")
        case .success(let response): outcome(of: response)
        }
    }

    private static func outcome(of response: ClientResponse) -> GatewayOutcome {
        switch response.status {
        case 200..<300:
            guard let body = body(response) else { return .lost(reason: "unparsable_answer") }
            return outcome(ofIntent: body) ?? .lost(reason: "unknown_status")
        case 401, 403: return .notExecuted(.credentials, retryAfter: nil)
        case 402:
            guard let error = error(response) else { return .lost(reason: "unparsable_refusal") }
            return refusal(error.code, intent: error.intent)
        case 409: return .keyInUse
        case 429: return .notExecuted(.rateLimited, retryAfter: retryAfter(response))
        case 400, 404, 422: return .rejected(code: error(response)?.code ?? "http_\(response.status)")
        default: return .lost(reason: "http_\(response.status)")
        }
    }

    /// What a payment intent says of itself; nil for a status that means nothing here.
    static func outcome(ofIntent intent: JSONNode) -> GatewayOutcome? {
        guard let id = intent["id"]?.string, let status = intent["status"]?.string else { return nil }
        let error = intent["last_payment_error"]
        return outcome(
            ofIntent: id, status: status, code: error?["decline_code"]?.string ?? error?["code"]?.string)
    }

    /// What a payment intent's state and last error mean; nil for a status that means nothing here.
    static func outcome(ofIntent id: String, status: String, code: String?) -> GatewayOutcome? {
        switch status {
        case "succeeded": .charged(reference: id)
        case "requires_action": .needsAction(reference: id)
        case "requires_payment_method": refusal(code ?? "card_declined", intent: id)
        case "canceled": .refused(Decline(.authentication, code: "canceled"), reference: id)
        default: nil
        }
    }

    /// The card of a payment method; nil for anything else.
    static func card(_ method: JSONNode) -> GatewayCard? {
        guard let reference = method["id"]?.string, let card = method["card"],
            let brand = card["brand"]?.string, let last4 = card["last4"]?.string,
            let year = card["exp_year"]?.int64, let month = card["exp_month"]?.int64,
            (2000...9999).contains(year), (1...12).contains(month)
        else { return nil }
        return GatewayCard(
            reference: reference, brand: brand, last4: last4, expiryYear: Int(year), expiryMonth: Int(month))
    }

    /// A charge without its payer that the bank wants confirmed is no end: the payer can still finish the same one.
    private static func refusal(_ code: String, intent: String?) -> GatewayOutcome {
        if let intent, code == "authentication_required" { return .needsAction(reference: intent) }
        return .refused(Decline(gatewayCode: code), reference: intent)
    }

    static func body(_ response: ClientResponse) -> JSONNode? {
        do throws(JSONSyntaxError) {
            return try JSONDocument(parsing: response.body).root
        } catch {
            // The caller says what an answer that is no JSON means where it stands.
            return nil
        }
    }

    static func error(_ response: ClientResponse) -> (code: String, intent: String?)? {
        guard let error = body(response)?["error"], error.kind == .object else { return nil }
        let code = error["decline_code"]?.string ?? error["code"]?.string ?? error["type"]?.string
        return code.map { ($0, error["payment_intent"]?["id"]?.string) }
    }

    private static func retryAfter(_ response: ClientResponse) -> Duration? {
        response.header("Retry-After").flatMap { Int64($0) }.map { .seconds(min(max($0, 0), 86_400)) }
    }
}
