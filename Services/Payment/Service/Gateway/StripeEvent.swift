import Crypto
import Primitives

/// Reads what the Stripe API posts to a webhook.
enum StripeEvent {
    /// The news in an event; nil for a type that means nothing here.
    ///
    /// - Throws: `JSONSyntaxError` for what is no JSON, `Malformed` for what is no event.
    static func notice(_ body: [UInt8]) throws -> GatewayNotice? {
        let event = try JSONDocument(parsing: body).root
        guard let id = event["id"]?.string, let type = event["type"]?.string,
            let object = event["data"]?["object"], let subject = object["id"]?.string
        else { throw Malformed() }
        guard let type = GatewayNotice.Kind(rawValue: type) else { return nil }
        let error = object["last_payment_error"]
        let isPayment = object["object"]?.string == "payment_intent"
        let isRefund = type == .chargeRefunded
        return GatewayNotice(
            eventID: id, type: type, subject: subject,
            payment: isPayment ? subject : object["payment_intent"]?.string,
            attemptID: object["metadata"]?["attempt_id"]?.string.flatMap { AttemptID($0) },
            status: object["status"]?.string,
            code: error?["decline_code"]?.string ?? error?["code"]?.string ?? object["reason"]?.string,
            amountMinor: (isRefund ? object["amount_refunded"] : object["amount"])?.int64,
            currency: object["currency"]?.string, customer: object["customer"]?.string,
            card: StripeReply.card(object))
    }

    /// A body that is JSON and no event.
    struct Malformed: Error {}

    /// Whether `Stripe-Signature` proves that one of the secrets signed this body a short time ago.
    ///
    /// The header is `t=<seconds>,v1=<hex of HMAC-SHA256 over "t.body">`, with a `v1` for each secret that is valid at
    /// the sender. The time is signed as well, so that an old event cannot be posted again by somebody who saw it.
    static func isSigned(
        _ body: [UInt8], header: String, secrets: [Secret<String>], tolerance: Duration, now: Instant
    ) -> Bool {
        var time: Int64?
        var signatures: [[UInt8]] = []
        for part in header.split(separator: ",").prefix(16) {
            let pair = part.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { continue }
            switch pair[0] {
            case "t": time = Int64(pair[1])
            case "v1": if let code = Hex.decode(String(pair[1])) { signatures.append(code) }
            default: continue
            }
        }
        guard let time, (0...4_102_444_800).contains(time) else { return false }
        let age = now - Instant(seconds: time)
        guard age <= tolerance, age >= .zero - tolerance else { return false }
        let signed = Array("\(time).".utf8) + body
        return secrets.contains { secret in
            signatures.contains { HMAC.isValidSHA256($0, for: signed, key: Array(secret.reveal().utf8)) }
        }
    }
}
