import Crypto
import EventContracts
import HTTPClient
import HTTPServer
import Messaging
import Observability
import Postgres
import Primitives
import ServiceTestKit
import Settings
import TestKit
import Testing

@testable import InvoiceService
@testable import ServiceKit

/// The invoice service with a database of its own and everything around it played by the test: identity's keys, the
/// events of other services, and the broker, whose messages are read from the outbox.
struct InvoiceWorld: Sendable {
    let pool: PostgresPool
    let pipeline: RequestPipeline
    let handlers: [any EventHandler]
    let snapshots: [any SnapshotSource]
    let invariants: [Invariant]
    let clock: ManualClock
    let organizationID = OrganizationID(.v7())
    let unsealing: UnsealingKey
    let payLinkKeys: PayLinkKeyRing
    private let key: SigningKey

    /// Runs a test in a fresh world whose organization is known already.
    static func with(_ body: (InvoiceWorld) async throws -> Void) async throws {
        try await TestDatabase.with(prefix: "invoice") { database in
            let metrics = Metrics()
            try await database.withPool(
                migratedTo: InvoiceService.definition.migrations, metrics: metrics
            ) { pool, configuration in
                let world = try await InvoiceWorld(pool: pool, configuration, metrics)
                try await world.organizationExists()
                try await body(world)
            }
        }
    }

    private init(pool: PostgresPool, _ configuration: PostgresConfiguration, _ metrics: Metrics) async throws
    {
        self.pool = pool
        clock = ManualClock(Instant(seconds: 1_800_000_000))
        key = SigningKey.generate()
        unsealing = UnsealingKey.generate()
        let secret = Random.bytes(PayLinkKeyRing.secretByteCount)
        payLinkKeys = try #require(PayLinkKeyRing(setting: "1:\(Base64URL.encode(secret))"))
        let authenticator = Authenticator(
            configuration: .standard, source: PublishedKeys(key),
            pool: pool, clock: clock, log: .silent, metrics: metrics)
        try await authenticator.start()
        let context = ServiceContext(
            name: "invoice", log: .silent, metrics: metrics, clock: clock, pool: pool,
            database: configuration,
            outbox: Outbox(),
            httpClient: HTTPClient(
                configuration: HTTPClientConfiguration(
                    maximumTransfers: 1, maximumWaiting: 1, certificateFile: nil, allowsPlainText: true,
                    destinations: .any)),
            authenticator: authenticator,
            idempotency: IdempotencyStore(
                pool: pool, clock: clock, lease: .seconds(60), retention: .seconds(86_400)),
            publicURL: "https://pay.example")
        var settings = SettingsReader([
            "DUELY_PAY_LINK_KEYS": "1:\(Base64URL.encode(secret))",
            "DUELY_SEAL_PUBLIC_KEY": Base64URL.encode(unsealing.sealingKey.rawBytes),
        ])
        let parts = try InvoiceService.definition.build(context, &settings)
        try settings.finish()
        handlers = parts.queues.flatMap(\.handlers)
        snapshots = parts.snapshots
        invariants = parts.invariants
        var router = Router()
        router.group(middleware: context.middleware) { parts.routes(&$0) }
        pipeline = RequestPipeline(
            router: router, problems: ProblemMapping(parts.problems), proxies: .none,
            log: Log(service: "test", level: .error), metrics: metrics)
    }
}

extension InvoiceWorld {
    /// A token of somebody of an organization, or of a client.
    func token(
        of organizationID: OrganizationID?, account: AccountID = AccountID(.v7()), role: Role = .owner,
        permissions: Set<Permission>? = nil
    ) -> String {
        let usual: Set<Permission> = role == .client ? [.billsRead, .billsPay] : Set(Permission.allCases)
        let principal = Principal(
            accountID: account, sessionID: SessionID(.v7()), organizationID: organizationID, role: role,
            permissions: permissions ?? usual)
        let now = clock.now()
        let token = AccessToken(principal: principal, issuedAt: now, expiresAt: now + .seconds(600))
        return JWT.sign(claims: token.claims, type: AccessToken.type, with: key)
    }

    /// An answer with its body parsed.
    struct Answer {
        let response: HTTPResponse
        var status: Int { response.status }
        let json: JSONNode

        subscript(name: String) -> JSONNode? { json[name] }

        /// The text of a number member, so that no digit is lost.
        func number(_ name: String) -> String? { json[name]?.numberText }
        func text(_ name: String) -> String? { json[name]?.string }
    }

    @discardableResult
    func call(
        _ method: String, _ path: String, _ body: String = "", token: String? = nil, key: String? = nil
    ) async throws -> Answer {
        var headers = HTTPHeaders()
        headers.add("Authorization", "Bearer \(token ?? self.token(of: organizationID))")
        if let key { headers.add("Idempotency-Key", key) }
        let response = await pipeline.respond(method, path, headers: headers, body: Array(body.utf8))
        let json = try JSONDocument(parsing: response.body.isEmpty ? Array("null".utf8) : response.body).root
        return Answer(response: response, json: json)
    }

    /// A customer with an address, and its id.
    func customer(email: String? = "client@example.com", currency: String? = nil) async throws -> CustomerID {
        let fields = [
            "\"name\":\"Client\"", email.map { "\"email\":\"\($0)\"" },
            currency.map { "\"currency\":\"\($0)\"" },
        ].compactMap { $0 }
        let answer = try await call("POST", "/v1/customers", "{\(fields.joined(separator: ","))}")
        #expect(answer.status == 201)
        return try #require(CustomerID(answer.text("id") ?? ""))
    }

    /// A draft over two lines, 100.00 and 19.99.
    func draft(_ customer: CustomerID) async throws -> InvoiceID {
        let answer = try await call(
            "POST", "/v1/invoices",
            """
            {"customer_id":"\(customer)","due_date":"2027-02-28","title":"Consulting","line_items":[
            {"description":"API usage","amount":50,"quantity":2},{"description":"Support","amount":"19.99"}]}
            """)
        #expect(answer.status == 201)
        return try #require(InvoiceID(answer.text("id") ?? ""))
    }

    /// An issued invoice over 119.99.
    func issued(_ customer: CustomerID) async throws -> InvoiceID {
        let id = try await draft(customer)
        let answer = try await call("POST", "/v1/invoices/\(id)/finalize")
        #expect(answer.status == 200)
        return id
    }

    /// What the service has published so far, oldest first.
    func published() async throws -> [EventEnvelope] {
        let bodies = try await pool.transaction { tx in
            try tx.query("SELECT body FROM events ORDER BY id").column(0, as: [UInt8].self)
        }
        return try bodies.map { try EventEnvelope(parsing: $0) }
    }

    /// The types published about one thing.
    func types(about subject: some CustomStringConvertible) async throws -> [String] {
        try await published().filter { $0.subject == subject.description }.map(\.type)
    }
}
