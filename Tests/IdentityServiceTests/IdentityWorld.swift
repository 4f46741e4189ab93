import Crypto
import HTTPClient
import HTTPServer
import Lifecycle
import Messaging
import Observability
import Postgres
import Primitives
import ServiceTestKit
import Settings
import TestKit

@testable import IdentityService
@testable import ServiceKit

/// The whole service over HTTP on a schema of its own, with a clock that tests move.
struct IdentityWorld: Sendable {
    static let publicURL = "https://duely.test"

    let clock: ManualClock
    let pool: PostgresPool
    let client: HTTPClient
    let unsealingKey: UnsealingKey
    let port: Int
    let authenticator: Authenticator
    let metrics: Metrics
    let commands: [ServiceCommand]
    private let services: [any Service]

    /// Runs one instance, or more on the same schema.
    static func with(
        _ changes: [String: String] = [:], poolSize: Int = 4, _ body: (IdentityWorld) async throws -> Void
    ) async throws {
        try await TestDatabase.with { database in
            let world = try await start(on: database, changes, poolSize: poolSize)
            do { try await body(world) } catch {
                await world.stop()
                throw error
            }
            await world.stop()
        }
    }

    static func start(
        on database: TestDatabase, _ changes: [String: String] = [:], clock: ManualClock? = nil,
        unsealingKey: UnsealingKey = .generate(), poolSize: Int = 4
    ) async throws -> IdentityWorld {
        let environment = [
            "DUELY_SIGNING_KEY_SECRET": Base64URL.encode(Array(repeating: UInt8(7), count: 32)),
            "DUELY_SEAL_PUBLIC_KEY": Base64URL.encode(unsealingKey.sealingKey.rawBytes),
            "DUELY_ADDRESS_EVENT_POLL_MS": "20",
        ].merging(changes) { $1 }
        let configuration = database.configuration(connections: poolSize)
        let log = Log(service: "identity", level: .error, sink: SilentSink())
        _ = try await Migrator.run(
            IdentityService.definition.migrations, configuration: configuration, log: log)
        let clock = clock ?? ManualClock(Instant(seconds: 1_800_000_000))
        let port = try FreePort.find()
        let context = context(configuration, clock: clock, port: port, log: log)
        var reader = SettingsReader(environment)
        let parts = try IdentityService.definition.build(context, &reader)
        try reader.finish()
        var router = Router()
        router.group(middleware: context.middleware) { parts.routes(&$0) }
        let proxies = TrustedProxies(["127.0.0.1"].compactMap { IPAddressRange($0) })
        let pipeline = RequestPipeline(
            router: router, problems: ProblemMapping(parts.problems), proxies: proxies, log: log,
            metrics: context.metrics)
        let server = HTTPServer(
            .behindProxy(address: "127.0.0.1", port: port), pipeline: pipeline, log: log,
            metrics: context.metrics)
        let services: [any Service] = [context.pool, context.authenticator] + parts.background + [server]
        for service in services { try await service.start() }
        return IdentityWorld(
            clock: clock, pool: context.pool, client: context.httpClient, unsealingKey: unsealingKey,
            port: port,
            authenticator: context.authenticator, metrics: context.metrics, commands: parts.commands,
            services: services)
    }

    func stop() async {
        for service in services.reversed() { await service.stop() }
        client.stop()
    }

    private static func context(
        _ configuration: PostgresConfiguration, clock: ManualClock, port: Int, log: Log
    ) -> ServiceContext {
        let metrics = Metrics()
        let pool = PostgresPool(configuration: configuration, label: "main", log: log, metrics: metrics)
        let client = HTTPClient(
            configuration: HTTPClientConfiguration(
                maximumTransfers: 64, maximumWaiting: 256, certificateFile: nil, allowsPlainText: true,
                destinations: .any))
        let access = AuthenticatorConfiguration(
            leeway: .seconds(5), maximumTokenLife: .seconds(3600), minimumFetchInterval: .zero,
            refreshInterval: .seconds(3600), revocationInterval: .milliseconds(20),
            usageInterval: .milliseconds(50), cookieName: SessionCookies.access)
        return ServiceContext(
            name: "identity", log: log, metrics: metrics, clock: clock, pool: pool, database: configuration,
            outbox: Outbox(), httpClient: client,
            authenticator: Authenticator(
                configuration: access,
                source: HTTPKeySource(client: client, identityURL: "http://127.0.0.1:\(port)"),
                pool: pool, clock: clock, log: log, metrics: metrics),
            idempotency: IdempotencyStore(
                pool: pool, clock: clock, lease: .seconds(60), retention: .seconds(86_400)),
            publicURL: publicURL)
    }
}

/// An answer with its body as JSON.
struct Answer: Sendable {
    let status: Int
    let root: JSONNode?
    let response: ClientResponse

    subscript(name: String) -> String? { root?[name]?.string }

    var code: String? { self["code"] }

    /// The codes by field of a 422.
    var fields: [String: String] {
        var fields: [String: String] = [:]
        for error in root?["errors"]?.elements ?? [] {
            if let field = error["field"]?.string { fields[field] = error["code"]?.string }
        }
        return fields
    }
}

extension IdentityWorld {
    func call(
        _ method: String, _ path: String, _ body: String? = nil, token: String? = nil,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        var all = headers
        if body != nil { all.append(("Content-Type", "application/json")) }
        if let token { all.append(("Authorization", "Bearer \(token)")) }
        let response = try await client.send(
            ClientRequest(
                method: method, url: "http://127.0.0.1:\(port)\(path)", headers: all,
                body: Array((body ?? "").utf8),
                limits: .init(connect: .seconds(20), total: .seconds(60), responseBytes: 1 << 20)))
        let root = response.body.isEmpty ? nil : try JSONDocument(parsing: response.body).root
        return Answer(status: response.status, root: root, response: response)
    }

    static let password = "a perfectly fine phrase"

    /// Signs up, and follows the link in the mail if there is one.
    @discardableResult
    func signUp(_ email: String = "nora@sender.test") async throws -> Answer {
        let answer = try await askSignUp(email)
        if let secret = try await mailedSecret("verification", path: "verifications", to: email) {
            _ = try await prove(secret)
        }
        return answer
    }

    /// Signs up and leaves the mail unread.
    func askSignUp(
        _ email: String = "nora@sender.test", password: String = password,
        headers: [(name: String, value: String)] = []
    ) async throws -> Answer {
        try await call(
            "POST", "/v1/sign-up",
            """
            {"email":"\(email)","password":"\(password)","name":"Nora North","language":"de",
             "organization":{"name":"North Studio","currency":"eur","zone":"Europe/Berlin","domain":"pay.north.test",
                             "address":"Hafenstr. 1\\nHamburg"}}
            """, headers: headers)
    }

    /// Follows the link that proves an address.
    func prove(_ secret: String) async throws -> Answer {
        try await call("POST", "/v1/verifications", #"{"token":"\#(secret)"}"#)
    }

    func logIn(
        _ email: String = "nora@sender.test", password: String = password, address: String = "192.0.2.1"
    )
        async throws -> Answer
    {
        try await call(
            "POST", "/v1/sessions", #"{"email":"\#(email)","password":"\#(password)"}"#,
            headers: [("X-Forwarded-For", address)])
    }

    func refresh(_ token: String?) async throws -> Answer {
        try await call("POST", "/v1/sessions/refresh", #"{"refresh_token":"\#(token ?? "")"}"#)
    }

    /// All events so far, in order.
    func events(_ type: String? = nil) async throws -> [WrittenEvent] {
        try await pool.transaction { tx in
            var events: [WrittenEvent] = []
            for row in try tx.query("SELECT type, exchange, body FROM events ORDER BY id") {
                events.append(
                    WrittenEvent(
                        type: try row.get(0), exchange: try row.get(1),
                        root: try JSONDocument(parsing: try row.get(2)).root))
            }
            return events.filter { type == nil || $0.type == type }
        }
    }

    /// The link in the newest mail of a kind, opened as the notification service opens it.
    func mailedSecret(_ kind: String, path: String, to address: String? = nil) async throws -> String? {
        let mail = try await events("mail.requested.v1").last { mail in
            mail.data["kind"]?.string == kind
                && (address == nil || mail.data["to"]?.string == address)
        }
        guard let sealed = mail?.data["sealed_link"]?.string.flatMap({ Base64URL.decode($0) }),
            let link = unsealingKey.open(sealed).map({ String(decoding: $0, as: UTF8.self) })
        else { return nil }
        let prefix = "\(Self.publicURL)/\(path)/"
        return link.hasPrefix(prefix) ? String(link.dropFirst(prefix.count)) : nil
    }
}

extension IdentityWorld {
    /// Waits until everything that was done with addresses is where it belongs: in the audit trail, in mails.
    func addressEventsAreSettled() async throws {
        try await eventually("the end of what was done with addresses") {
            try await pool.transaction { tx in
                try tx.query("SELECT FROM address_events").count == 0
            }
        }
    }

    /// The secret in the newest mail for a forgotten password.
    func mailedReset() async throws -> String? {
        try await addressEventsAreSettled()
        return try await mailedSecret("password_reset", path: "password_resets")
    }
}

/// An event in the outbox.
struct WrittenEvent: Sendable {
    let type: String
    let exchange: String
    let root: JSONNode

    var data: JSONNode { root["data"] ?? root }
    var text: String { String(decoding: root.rawBytes, as: UTF8.self) }
}
