import Primitives

/// Something that happened, as webhooks and the list of events tell it.
struct GatewayEvent: Sendable {
    let id: String
    let type: String
    let created: Int64
    /// The object as it was right after it happened.
    let object: [UInt8]

    var json: [UInt8] {
        var writer = JSONWriter(capacity: 256 + object.count)
        writer.beginObject()
        writer.member("id", id)
        writer.member("object", "event")
        writer.member("api_version", "2025-03-31.basil")
        writer.member("created", created)
        writer.key("data")
        writer.beginObject()
        writer.key("object")
        writer.raw(object)
        writer.endObject()
        writer.member("livemode", false)
        writer.member("pending_webhooks", 0)
        writer.member("type", type)
        writer.endObject()
        return writer.bytes
    }
}
