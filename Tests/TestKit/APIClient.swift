import HTTPClient
public import Primitives

/// A client of the public interface, as another system would write it: JSON, bearer token, idempotency keys.
public struct APIClient: Sendable {
    /// An answer.
    public struct Reply: Sendable, CustomStringConvertible {
        /// The status.
        public let status: Int
        /// The body as it came.
        public let text: String
        /// The body, parsed; null when it is not JSON.
        public let json: JSONNode
        /// The header fields.
        public let headers: [(name: String, value: String)]

        /// Status and body.
        public var description: String { "\(status) \(text)" }

        /// Throws what the server said unless the status is one of these.
        @discardableResult
        public func require(_ statuses: Int...) throws -> Reply {
            guard statuses.contains(status) else {
                throw ChildProcess.Failure(description: "expected \(statuses), got \(description)")
            }
            return self
        }

        /// A member as text, whatever its kind: `reply["invoice.amount_due"]`.
        public subscript(path: String) -> String? {
            var node: JSONNode? = json
            for name in path.split(separator: ".") { node = node?[String(name)] }
            return node?.string ?? node?.numberText ?? node?.bool.map { "\($0)" }
        }
    }

    /// The address before every path.
    public let base: String
    /// The bearer token, when signed in.
    public let token: String?
    private let client: HTTPClient

    /// A client of the server at that address.
    public init(base: String, token: String? = nil) {
        self.init(
            base: base, token: token,
            client: HTTPClient(
                configuration: HTTPClientConfiguration(
                    maximumTransfers: 256, maximumWaiting: 100_000, certificateFile: nil,
                    allowsPlainText: true,
                    destinations: .any)))
    }

    private init(base: String, token: String?, client: HTTPClient) {
        self.base = base
        self.token = token
        self.client = client
    }

    /// The same client signed in.
    public func with(token: String) -> APIClient { APIClient(base: base, token: token, client: client) }

    /// Reads.
    public func get(_ path: String) async throws -> Reply { try await send("GET", path) }

    /// Writes, each time under a fresh idempotency key unless one is given.
    public func post(_ path: String, _ json: String = "{}", key: String? = nil) async throws -> Reply {
        try await send("POST", path, json, key: key)
    }

    /// Replaces, under a fresh idempotency key unless one is given.
    public func put(_ path: String, _ json: String, key: String? = nil) async throws -> Reply {
        try await send("PUT", path, json, key: key)
    }

    /// Sends a form, as browsers send cards to the gateway.
    public func post(form: [(String, String)], to path: String) async throws -> Reply {
        let body = form.map { "\(Self.escape($0.0))=\(Self.escape($0.1))" }.joined(separator: "&")
        return try await send(
            "POST", path, type: "application/x-www-form-urlencoded", Array(body.utf8), key: nil)
    }

    /// Sends any method.
    @discardableResult
    public func send(_ method: String, _ path: String, _ json: String? = nil, key: String? = nil) async throws
        -> Reply
    {
        let key = method == "GET" ? nil : key ?? RawID.random().uuidString
        return try await send(
            method, path, type: json == nil ? nil : "application/json", Array((json ?? "").utf8), key: key)
    }

    private func send(
        _ method: String, _ path: String, type: String?, _ body: [UInt8], key: String?
    ) async throws -> Reply {
        var headers: [(name: String, value: String)] = [("Accept", "application/json")]
        if let type { headers.append(("Content-Type", type)) }
        if let token { headers.append(("Authorization", "Bearer \(token)")) }
        if let key { headers.append(("Idempotency-Key", key)) }
        let response = try await client.send(
            ClientRequest(
                method: method, url: base + path, headers: headers, body: body,
                limits: ClientRequest.Limits(
                    connect: .seconds(5), total: .seconds(60), responseBytes: 64 << 20)))
        let null = try JSONDocument(parsing: Array("null".utf8)).root
        return Reply(
            status: response.status, text: String(decoding: response.body, as: UTF8.self),
            json: (try? JSONDocument(parsing: response.body).root) ?? null, headers: response.headers)
    }

    private static func escape(_ text: String) -> String {
        text.utf8.map { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: String(UnicodeScalar(byte))
            default: "%" + Hex.encode([byte])
            }
        }.joined()
    }
}
