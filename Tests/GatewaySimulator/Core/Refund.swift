import Primitives

/// Money that goes back to the card.
struct Refund: Sendable, Codable {
    let id: String
    let charge: String
    let paymentIntent: String
    let amount: Int64
    let currency: String
    let reason: String?
    let metadata: [String: String]
    let created: Int64

    var json: [UInt8] {
        var writer = JSONWriter(capacity: 384)
        writer.beginObject()
        writer.member("id", id)
        writer.member("object", "refund")
        writer.member("amount", amount)
        writer.member("charge", charge)
        writer.member("created", created)
        writer.member("currency", currency)
        writer.metadata(metadata)
        writer.member("payment_intent", paymentIntent)
        writer.nullable("reason", reason)
        writer.member("status", "succeeded")
        writer.endObject()
        return writer.bytes
    }
}
