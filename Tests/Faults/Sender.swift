import HTTPClient
import Primitives
import TestKit

/// A signed-in sender with one customer and one issued invoice, who can send any bytes.
struct Sender {
    static let password = "correct horse battery staple"

    let api: APIClient
    let organization: String
    let customer: String
    let invoice: String
    private let client: HTTPClient

    init(_ system: RunningSystem) async throws {
        let anybody = APIClient(base: system.url)
        let signedUp = try await anybody.post(
            "/v1/sign-up",
            """
            {"email":"sender@northwind.test","password":"\(Self.password)","name":"Nora North",
             "organization":{"name":"Northwind","currency":"USD","zone":"UTC","invoice_prefix":"NW"}}
            """
        ).require(201)
        try await system.proveAddress("sender@northwind.test")
        let session = try await anybody.post(
            "/v1/sessions", #"{"email":"sender@northwind.test","password":"\#(Self.password)"}"#
        ).require(200)
        let api = anybody.with(token: session["access_token"] ?? "")
        // The organization reaches the invoice service as an event; until then it asks for patience.
        let customer = try await eventually("a customer of a new organization") {
            let reply = try await api.post("/v1/customers", #"{"name":"Acme","email":"acme@client.test"}"#)
            return reply.status == 201 ? reply["id"] : nil
        }
        let draft = try await api.post(
            "/v1/invoices",
            #"{"customer_id":"\#(customer)","due_date":"2099-01-31","line_items":[{"description":"A","amount":"9.99"}]}"#
        ).require(201)
        let invoice = draft["id"] ?? ""
        try await api.post("/v1/invoices/\(invoice)/finalize").require(200)
        self.api = api
        self.customer = customer
        self.invoice = invoice
        organization = signedUp["organization_id"] ?? ""
        client = HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumTransfers: 8, maximumWaiting: 64, certificateFile: nil, allowsPlainText: true,
                destinations: .any))
    }

    /// Sends these bytes as JSON.
    func send(_ method: String, _ path: String, _ body: [UInt8]) async throws -> ClientResponse {
        var headers: [(name: String, value: String)] = [("Authorization", "Bearer \(api.token ?? "")")]
        if method != "GET" {
            headers += [("Content-Type", "application/json"), ("Idempotency-Key", RawID.random().uuidString)]
        }
        return try await client.send(
            ClientRequest(
                method: method, url: api.base + path, headers: headers, body: body,
                limits: .init(connect: .seconds(5), total: .seconds(60), responseBytes: 1 << 20)))
    }
}
