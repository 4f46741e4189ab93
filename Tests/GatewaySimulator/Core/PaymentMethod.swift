import Primitives

/// A card as the gateway keeps it.
struct PaymentMethod: Sendable, Codable {
    let id: String
    let card: Card
    var customer: String?
    var metadata: [String: String]
    /// The holder confirmed it once, so that charges without the holder are possible.
    var isSetUp = false
    /// A method that was charged without belonging to a customer, or was detached, cannot be used again.
    var isSpent = false
    let created: Int64

    var json: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.member("id", id)
        writer.member("object", "payment_method")
        writer.member("type", "card")
        writer.nullable("customer", customer)
        writer.key("card")
        writer.beginObject()
        writer.member("brand", card.brand)
        writer.member("last4", card.last4)
        writer.member("exp_month", card.expiryMonth)
        writer.member("exp_year", card.expiryYear)
        writer.member("fingerprint", card.fingerprint)
        writer.member("funding", "credit")
        writer.member("country", "US")
        writer.endObject()
        writer.member("created", created)
        writer.member("livemode", false)
        writer.metadata(metadata)
        writer.endObject()
        return writer.bytes
    }
}
