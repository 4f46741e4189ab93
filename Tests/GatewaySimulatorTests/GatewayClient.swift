import GatewaySimulatorCore
import HTTPClient
import HTTPServer
import Observability
import Primitives
import Settings

/// A simulator in this process with a client that speaks to it over a real socket.
struct GatewayClient {
    /// An answer, parsed.
    struct Reply {
        let status: Int
        let json: JSONNode
        let isReplayed: Bool
        let retryAfter: String?

        subscript(path: String) -> String? {
            var node: JSONNode? = json
            for name in path.split(separator: ".") { node = node?[String(name)] }
            return node?.string ?? node?.numberText ?? node?.bool.map(String.init)
        }
    }

    let base: String
    private let client: HTTPClient

    /// Starts a simulator, runs the body, stops it.
    static func with(
        _ environment: [String: String] = [:], clock: any WallClock = SystemClock(),
        _ body: (GatewayClient) async throws -> Void
    ) async throws {
        var settings = SettingsReader(environment)
        let options = Simulator.Options(&settings)
        try settings.finish()
        let simulator = Simulator(options, clock: clock, log: .silent)
        try await simulator.memory.start()
        try await simulator.server.start()
        let client = HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumTransfers: 64, maximumWaiting: 1_000, certificateFile: nil, allowsPlainText: true,
                destinations: .any))
        let outcome: Result<Void, any Error>
        do {
            try await body(
                GatewayClient(base: "http://127.0.0.1:\(simulator.server.port ?? 0)", client: client))
            outcome = .success(())
        } catch {
            outcome = .failure(error)
        }
        client.stop()
        await simulator.webhooks.stop()
        await simulator.server.stop()
        await simulator.memory.stop()
        try outcome.get()
    }

    private init(base: String, client: HTTPClient) {
        self.base = base
        self.client = client
    }

    func post(
        _ path: String, _ fields: [(String, String)] = [], key: String? = nil, apiKey: String = "sk_test_1",
        timeout: Duration = .seconds(10)
    ) async throws -> Reply {
        let body = fields.map { "\(GatewayClient.escape($0.0))=\(GatewayClient.escape($0.1))" }.joined(
            separator: "&")
        var headers = [
            (name: "Authorization", value: "Bearer \(apiKey)"),
            (name: "Content-Type", value: "application/x-www-form-urlencoded"),
        ]
        if let key { headers.append((name: "Idempotency-Key", value: key)) }
        return try await send("POST", path, headers, Array(body.utf8), timeout)
    }

    func get(_ path: String) async throws -> Reply {
        try await send("GET", path, [(name: "Authorization", value: "Bearer sk_test_1")], [], .seconds(10))
    }

    func order(_ path: String, _ json: String) async throws -> Reply {
        try await send(
            "POST", path, [(name: "Content-Type", value: "application/json")], Array(json.utf8), .seconds(10))
    }

    func delete(_ path: String) async throws -> Reply {
        try await send("DELETE", path, [(name: "Authorization", value: "Bearer sk_test_1")], [], .seconds(10))
    }

    private func send(
        _ method: String, _ path: String, _ headers: [(name: String, value: String)], _ body: [UInt8],
        _ timeout: Duration
    ) async throws -> Reply {
        let request = ClientRequest(
            method: method, url: base + path, headers: headers, body: body,
            limits: ClientRequest.Limits(connect: .seconds(2), total: timeout, responseBytes: 16 << 20))
        let response = try await client.send(request)
        return Reply(
            status: response.status, json: try JSONDocument(parsing: response.body).root,
            isReplayed: response.header("Idempotent-Replayed") == "true",
            retryAfter: response.header("Retry-After"))
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

extension GatewayClient {
    static func card(_ number: String) -> [(String, String)] {
        [
            ("type", "card"), ("card[number]", number), ("card[exp_month]", "12"), ("card[exp_year]", "2034"),
            ("card[cvc]", "123"),
        ]
    }

    /// A payment method for that card number, made as a browser does.
    func method(_ number: String) async throws -> String {
        try await post("/v1/payment_methods", GatewayClient.card(number), apiKey: "pk_test_1")["id"] ?? ""
    }

    /// A customer that owns a card with this number.
    func customer(with number: String) async throws -> (customer: String, method: String) {
        let customer = try await post("/v1/customers", [("email", "a@example.test")])["id"] ?? ""
        let method = try await method(number)
        _ = try await post("/v1/payment_methods/\(method)/attach", [("customer", customer)])
        return (customer, method)
    }

    /// What an automatic charge sends.
    static func charge(
        _ amount: Int, _ customer: String, _ method: String, attempt: String = "att_1"
    ) -> [(String, String)] {
        [
            ("amount", "\(amount)"), ("currency", "eur"), ("customer", customer), ("payment_method", method),
            ("confirm", "true"), ("off_session", "true"), ("metadata[attempt_id]", attempt),
        ]
    }
}
