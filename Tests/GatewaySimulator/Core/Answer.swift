import Primitives

/// What goes back over HTTP.
struct Answer: Sendable, Codable {
    let status: Int
    let body: [UInt8]
    var headers: [Header] = []

    struct Header: Sendable, Codable {
        let name: String
        let value: String
    }

    init(status: Int = 200, body: [UInt8]) {
        self.status = status
        self.body = body
    }

    init(_ error: GatewayError) {
        status = error.status
        var writer = JSONWriter(capacity: 256)
        writer.beginObject()
        writer.key("error")
        if let intent = error.paymentIntent {
            writer.errorObject(error, with: ("payment_intent", intent))
        } else if let intent = error.setupIntent {
            writer.errorObject(error, with: ("setup_intent", intent))
        } else {
            writer.errorObject(error)
        }
        writer.endObject()
        body = writer.bytes
    }

    /// A page of a list.
    init(list: [[UInt8]], hasMore: Bool, url: String, object: String = "list") {
        status = 200
        var writer = JSONWriter(capacity: 1_024)
        writer.beginObject()
        writer.member("object", object)
        writer.member("url", url)
        writer.member("has_more", hasMore)
        writer.key("data")
        writer.beginArray()
        for element in list { writer.raw(element) }
        writer.endArray()
        writer.endObject()
        body = writer.bytes
    }

    func with(header name: String, _ value: String) -> Answer {
        var answer = self
        answer.headers.append(Header(name: name, value: value))
        return answer
    }
}
