/// The key under which a client may repeat a request without repeating its effect.
public struct IdempotencyKey: Sendable, Hashable {
    /// The header that carries it.
    public static let headerName = "Idempotency-Key"
    private static let maximumLength = 255

    /// The key without the quotes that the IETF draft allows around it.
    public let text: String

    /// Takes the key of a request; nil when it has none.
    ///
    /// - Throws: `Problem` 400 when the header is there but unusable.
    public init?(_ request: HTTPRequest) throws(Problem) {
        let values = request.headers.values(Self.headerName)
        guard let value = values.first else { return nil }
        let isQuoted = value.count >= 2 && value.hasPrefix("\"") && value.hasSuffix("\"")
        let key = isQuoted ? String(value.dropFirst().dropLast()) : value
        guard values.count == 1, (1...Self.maximumLength).contains(key.utf8.count),
            key.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw .badRequest(
                "malformed_idempotency_key",
                "Idempotency-Key is one value of 1 to \(Self.maximumLength) visible ASCII characters.")
        }
        text = key
    }
}
