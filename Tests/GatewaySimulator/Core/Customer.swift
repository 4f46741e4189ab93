import Primitives

/// A customer of the gateway's user.
struct Customer: Sendable, Codable {
    let id: String
    var email: String?
    var name: String?
    var metadata: [String: String]
    var defaultPaymentMethod: String?
    var methods: [String] = []
    var isDeleted = false
    let created: Int64

    var json: [UInt8] {
        var writer = JSONWriter(capacity: 384)
        writer.beginObject()
        writer.member("id", id)
        writer.member("object", "customer")
        if isDeleted {
            writer.member("deleted", true)
        } else {
            writer.member("created", created)
            writer.nullable("email", email)
            writer.nullable("name", name)
            writer.member("livemode", false)
            writer.metadata(metadata)
            writer.key("invoice_settings")
            writer.beginObject()
            writer.nullable("default_payment_method", defaultPaymentMethod)
            writer.endObject()
        }
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    /// A member that is there even when it has no value, as the gateway's API writes them.
    mutating func nullable(_ name: String, _ value: String?) {
        key(name)
        if let value { string(value) } else { null() }
    }

    mutating func metadata(_ values: [String: String]) {
        key("metadata")
        beginObject()
        for (name, value) in values.sorted(by: { $0.key < $1.key }) { member(name, value) }
        endObject()
    }
}
