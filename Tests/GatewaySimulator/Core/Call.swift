/// One request to the gateway's API, freed of HTTP.
struct Call: Sendable {
    let method: String
    let path: String
    let body: [UInt8]
    /// The parameters of body and query together.
    let form: FormBody
    /// Secret (`sk_…`) or publishable (`pk_…`).
    let apiKey: String
    let idempotencyKey: String?

    /// The path's parts after the version.
    var parts: [Substring] { path.split(separator: "/").dropFirst().map { $0 } }

    /// Idempotency keys are a matter of the account and of requests that change something.
    var storeKey: String? {
        guard method == "POST", let idempotencyKey else { return nil }
        return "\(apiKey)\n\(idempotencyKey)"
    }

    var isPublishable: Bool { apiKey.hasPrefix("pk_") }

    /// Reads a request; the key comes as bearer, as basic user or, from browsers, as the parameter `key`.
    init(
        method: String, path: String, query: [(String, String)], body: [UInt8], authorization: String?,
        idempotencyKey: String?
    ) throws(GatewayError) {
        let parsed = try FormBody(parsing: body)
        let form = FormBody(fields: query.map { (name: $0.0, value: $0.1) } + parsed.fields)
        guard let key = Call.key(authorization) ?? form["key"],
            key.hasPrefix("sk_") || key.hasPrefix("pk_") || key.hasPrefix("rk_")
        else {
            throw GatewayError(
                status: 401, kind: .invalidRequest,
                message: "You did not provide a valid API key. It starts with sk_ or pk_.")
        }
        if let idempotencyKey, idempotencyKey.utf8.count > IdempotencyStore.maximumKeyLength {
            throw GatewayError(
                status: 400, kind: .idempotency,
                message: "Idempotency keys have up to \(IdempotencyStore.maximumKeyLength) characters.")
        }
        self.method = method
        self.path = path
        self.body = body
        self.form = form
        apiKey = key
        self.idempotencyKey = idempotencyKey
    }

    private static func key(_ authorization: String?) -> String? {
        guard let words = authorization?.split(separator: " ", maxSplits: 1), words.count == 2 else {
            return nil
        }
        switch words[0].lowercased() {
        case "bearer": return String(words[1])
        case "basic":
            guard let decoded = Call.base64(words[1]) else { return nil }
            return String(decoded.prefix { $0 != ":" })
        default: return nil
        }
    }
}
