import Primitives

/// The saving of a card for charges without its holder.
struct SetupIntent: Sendable, Codable {
    let id: String
    let clientSecret: String
    var customer: String?
    var paymentMethod: String?
    var status: IntentStatus
    var usage: String
    var metadata: [String: String]
    var returnURL: String?
    var lastError: GatewayError?
    let created: Int64

    func json(authenticationURL: String) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.beginObject()
        writer.member("id", id)
        writer.member("object", "setup_intent")
        writer.member("client_secret", clientSecret)
        writer.member("created", created)
        writer.nullable("customer", customer)
        writer.nullable("payment_method", paymentMethod)
        writer.member("status", status.rawValue)
        writer.member("usage", usage)
        writer.member("livemode", false)
        writer.metadata(metadata)
        writer.nextAction(of: id, status: status, authenticationURL: authenticationURL, returnURL: returnURL)
        writer.key("last_setup_error")
        if let lastError { writer.errorObject(lastError) } else { writer.null() }
        writer.endObject()
        return writer.bytes
    }
}

extension JSONWriter {
    /// What the holder has to do, when something has to be done.
    mutating func nextAction(
        of id: String, status: IntentStatus, authenticationURL: String, returnURL: String?
    ) {
        key("next_action")
        guard status == .requiresAction else {
            null()
            return
        }
        beginObject()
        member("type", "redirect_to_url")
        key("redirect_to_url")
        beginObject()
        member("url", "\(authenticationURL)/_authenticate/\(id)")
        nullable("return_url", returnURL)
        endObject()
        endObject()
    }

    /// The members of an error, without the object that failed.
    mutating func errorObject(_ error: GatewayError, with object: (name: String, json: [UInt8])? = nil) {
        beginObject()
        member("code", error.code)
        member("decline_code", error.declineCode)
        member("message", error.message)
        member("param", error.parameter)
        member("type", error.kind.rawValue)
        if let object {
            key(object.name)
            raw(object.json)
        }
        endObject()
    }
}
