import Crypto
import EventContracts
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
import Testing

@testable import SchedulerService
@testable import ServiceKit

/// The scheduler with a database of its own, put together as in production; requests are handed to its handlers and
/// what it publishes is read from the outbox.
struct SchedulerWorld: Sendable {
    /// The pool of requests and handlers.
    let pool: PostgresPool
    /// The pool of the tick, as production configures it, with room for several replicas.
    let tickPool: PostgresPool
    let database: TestDatabase
    let configuration: PostgresConfiguration
    let handlers: [any EventHandler]
    let background: [any Service]
    let pipeline: RequestPipeline
    let clock: ManualClock
    let metrics: Metrics
    let outbox: Outbox
    let organizationID = OrganizationID(.v7())
    private let key: SigningKey

    /// Runs a test in a fresh world, at noon of 15 January 2026, and checks the invariants at its end.
    static func with(_ body: (SchedulerWorld) async throws -> Void) async throws {
        try await TestDatabase.with(prefix: "scheduler") { database in
            let metrics = Metrics()
            try await database.withPool(
                migratedTo: SchedulerService.definition.migrations, metrics: metrics
            ) { pool, configuration in
                let tickPool = PostgresPool(
                    configuration: SchedulerService.tickDatabase(configuration).sized(4), label: "replicas",
                    log: .silent, metrics: metrics)
                try await tickPool.start()
                do {
                    let world = try await SchedulerWorld(
                        pool: pool, tickPool: tickPool, database: database, configuration: configuration,
                        metrics: metrics)
                    try await body(world)
                    #expect(try await world.violations() == [])
                } catch {
                    await tickPool.stop()
                    throw error
                }
                await tickPool.stop()
            }
        }
    }

    private init(
        pool: PostgresPool, tickPool: PostgresPool, database: TestDatabase,
        configuration: PostgresConfiguration,
        metrics: Metrics
    ) async throws {
        self.pool = pool
        self.tickPool = tickPool
        self.database = database
        self.configuration = configuration
        self.metrics = metrics
        clock = ManualClock(try #require(Instant(rfc3339: "2026-01-15T12:00:00Z")))
        key = SigningKey.generate()
        outbox = Outbox()
        let authenticator = Authenticator(
            configuration: .standard, source: PublishedKeys(key),
            pool: pool, clock: clock, log: .silent, metrics: metrics)
        try await authenticator.start()
        let context = ServiceContext(
            name: "scheduler", log: .silent, metrics: metrics, clock: clock, pool: pool,
            database: configuration, outbox: outbox,
            httpClient: HTTPClient(
                configuration: HTTPClientConfiguration(
                    maximumTransfers: 1, maximumWaiting: 1, certificateFile: nil, allowsPlainText: true,
                    destinations: .any)),
            authenticator: authenticator,
            idempotency: IdempotencyStore(
                pool: pool, clock: clock, lease: .seconds(60), retention: .seconds(86_400)),
            publicURL: "https://pay.example")
        var settings = SettingsReader(["DUELY_SCHEDULER_LONGEST_SLEEP_MS": "3600000"])
        let parts = try SchedulerService.definition.build(context, &settings)
        try settings.finish()
        handlers = parts.queues.flatMap(\.handlers)
        background = parts.background
        var router = Router()
        parts.routes(&router)
        pipeline = RequestPipeline(
            router: router, problems: ProblemMapping(parts.problems), proxies: .none,
            log: Log(service: "test", level: .error), metrics: metrics)
    }

    /// The invariants that do not hold.
    func violations() async throws -> [String] {
        try await pool.transaction { tx in
            try SchedulerInvariants.all.filter { try !tx.query($0.violations).isEmpty }.map(\.name)
        }
    }

    /// A token of somebody of an organization.
    func token(
        of organizationID: OrganizationID?, role: Role = .owner, permissions: Set<Permission>? = nil
    ) -> String {
        let principal = Principal(
            accountID: AccountID(.v7()), sessionID: SessionID(.v7()), organizationID: organizationID,
            role: role,
            permissions: permissions ?? Set(Permission.allCases))
        let now = clock.now()
        let token = AccessToken(principal: principal, issuedAt: now, expiresAt: now + .seconds(600))
        return JWT.sign(claims: token.claims, type: AccessToken.type, with: key)
    }

    func get(_ path: String, token: String? = nil) async throws -> (response: HTTPResponse, json: JSONNode) {
        var headers = HTTPHeaders()
        headers.add("Authorization", "Bearer \(token ?? self.token(of: organizationID))")
        let response = await pipeline.respond("GET", path, headers: headers, body: [])
        return (response, try JSONDocument(parsing: response.body).root)
    }
}

extension PostgresConfiguration {
    /// The same settings with another number of connections.
    func sized(_ size: Int) -> PostgresConfiguration {
        var copy = self
        copy.poolSize = size
        return copy
    }
}
