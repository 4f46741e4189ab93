import EventContracts
public import HTTPClient
public import HTTPServer
public import Messaging
public import Observability
public import Postgres
public import Primitives

/// What every part of a service may need, made once at start and passed in.
public struct ServiceContext: Sendable {
    /// The service's name.
    public let name: String
    /// Its log.
    public let log: Log
    /// Its metrics.
    public let metrics: Metrics
    /// Where every rule takes its "now" from.
    public let clock: any WallClock
    /// Connections for requests.
    public let pool: PostgresPool
    /// Connections for batches: handlers of messages and what runs in the background.
    public let batchPool: PostgresPool
    /// The database, for parts that need a connection or a pool of their own.
    public let database: PostgresConfiguration
    /// Events leave through it.
    public let outbox: Outbox
    /// Calls to other servers.
    public let httpClient: HTTPClient
    /// Checks who is asking.
    public let authenticator: Authenticator
    /// Makes requests repeatable.
    public let idempotency: IdempotencyStore
    /// The address under which people reach the product, without a slash at the end.
    public let publicURL: String
    /// How browsers of that address carry a login.
    public let cookies: SessionCookies
    /// Which organizations live by a test clock.
    public let testClocks = TestClocks()

    /// What a service, or a test of its parts, is given; without a pool for batches, the one for requests serves both.
    public init(
        name: String, log: Log, metrics: Metrics, clock: any WallClock, pool: PostgresPool,
        batchPool: PostgresPool? = nil, database: PostgresConfiguration, outbox: Outbox,
        httpClient: HTTPClient, authenticator: Authenticator,
        idempotency: IdempotencyStore, publicURL: String
    ) {
        self.name = name
        self.log = log
        self.metrics = metrics
        self.clock = clock
        self.pool = pool
        self.batchPool = batchPool ?? pool
        self.database = database
        self.outbox = outbox
        self.httpClient = httpClient
        self.authenticator = authenticator
        self.idempotency = idempotency
        self.publicURL = publicURL
        cookies = SessionCookies(publicURL: publicURL)
    }

    /// What stands around all routes of a service, the outermost first; identity keeps the trail of superadmins itself.
    public var middleware: [any Middleware] {
        let guards: [any Middleware] = [cookies.csrfGuard, MachinePlans(authenticator: authenticator)]
        // Logins live by the real time, so identity knows nothing of test clocks.
        return name == EventCatalogue.auditor
            ? guards : guards + [SuperadminTrail(context: self), TestClockTime(context: self)]
    }

    /// Who makes a request.
    ///
    /// - Parameter request: The request.
    /// - Returns: The caller.
    /// - Throws: `Problem` 401 without a valid token.
    public func authenticate(_ request: HTTPRequest) async throws -> Principal {
        try await authenticator.authenticate(request)
    }
}
