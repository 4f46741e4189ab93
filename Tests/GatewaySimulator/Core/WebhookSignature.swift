import Crypto
import Primitives

/// The header that proves where a webhook comes from: `t=<seconds>,v1=<HMAC-SHA256 of "t.body">`.
public enum WebhookSignature {
    /// The value of `Stripe-Signature` for a body sent at that moment.
    public static func header(body: [UInt8], secret: String, seconds: Int64) -> String {
        let signed = Array("\(seconds).".utf8) + body
        return "t=\(seconds),v1=\(Hex.encode(HMAC.sha256(signed, key: Array(secret.utf8))))"
    }
}
