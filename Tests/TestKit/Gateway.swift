import Primitives

/// The card gateway of a running system: what a browser sends it, what tests order, and what it knows about money.
public struct Gateway: Sendable {
    /// What the gateway's ledger says about a group of captures.
    public struct Sum: Sendable, Equatable {
        /// How many captures there were.
        public let captures: Int
        /// The captured minor units.
        public let captured: Int
        /// The refunded minor units.
        public let refunded: Int

        /// A sum with these values.
        public init(captures: Int, captured: Int, refunded: Int) {
            self.captures = captures
            self.captured = captured
            self.refunded = refunded
        }

        init(_ node: JSONNode) {
            self.init(
                captures: Int(node["captures"]?.int64 ?? -1), captured: Int(node["captured"]?.int64 ?? -1),
                refunded: Int(node["refunded"]?.int64 ?? -1))
        }
    }

    /// Its base address.
    public let url: String
    private let client: APIClient

    /// The gateway at that address.
    public init(url: String) {
        self.url = url
        client = APIClient(base: url)
    }

    /// A payment method for a card number, made as a browser makes it.
    public func paymentMethod(_ number: String = "4242424242424242") async throws -> String {
        let fields = [
            ("key", "pk_test_browser"), ("type", "card"), ("card[number]", number), ("card[exp_month]", "12"),
            ("card[exp_year]", "2034"), ("card[cvc]", "123"),
        ]
        let reply = try await client.post(form: fields, to: "/v1/payment_methods")
        guard let id = reply.json["id"]?.string else { throw ChildProcess.Failure(description: reply.text) }
        return id
    }

    /// Finishes the saving of a card, as a browser does with the client secret.
    public func confirm(setup: String, secret: String, publishableKey: String, method: String) async throws
        -> String
    {
        let fields = [("key", publishableKey), ("client_secret", secret), ("payment_method", method)]
        let reply = try await client.post(form: fields, to: "/v1/setup_intents/\(setup)/confirm")
        guard let status = reply.json["status"]?.string else {
            throw ChildProcess.Failure(description: reply.text)
        }
        return status
    }

    /// Orders a fault: `fault(#"{"kind":"late_answer","delay_ms":60000,"times":1}"#)`.
    public func fault(_ json: String) async throws {
        try await client.post("/_control/faults", json).require(200)
    }

    /// Lifts all faults.
    public func liftFaults() async throws { try await client.send("DELETE", "/_control/faults").require(200) }

    /// Lets every charge of this payment method be declined; without a code it is what its number says again.
    public func decline(_ method: String, with code: String?) async throws {
        let code = code.map { #","decline_code":"\#($0)""# } ?? ""
        try await client.post("/_control/declines", #"{"payment_method":"\#(method)"\#(code)}"#).require(200)
    }

    /// How many requests to its API have arrived.
    public func requestCount() async throws -> Int {
        Int(try await client.get("/_control/status").require(200).json["requests"]?.int64 ?? 0)
    }

    /// All captures together.
    public func total() async throws -> Sum { Sum(try await client.get("/_ledger").require(200).json) }

    /// The captures with this value in their metadata: `captures(of: "invoice_id", "inv_…")`.
    public func captures(of name: String, _ value: String) async throws -> Sum {
        let entries =
            try await client.get("/_ledger?\(name)=\(value)").require(200).json["entries"]?.elements ?? []
        return Sum(
            captures: entries.count, captured: entries.reduce(0) { $0 + Int($1["captured"]?.int64 ?? 0) },
            refunded: entries.reduce(0) { $0 + Int($1["refunded"]?.int64 ?? 0) })
    }

    /// Captures per value of a metadata name.
    public func groups(by name: String) async throws -> [String: Sum] {
        let members =
            try await client.get("/_ledger?group=\(name)").require(200).json["groups"]?.members ?? []
        return Dictionary(members.map { ($0.key, Sum($0.value)) }, uniquingKeysWith: { $1 })
    }
}
