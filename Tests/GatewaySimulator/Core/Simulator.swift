public import HTTPServer
import Lifecycle
public import Observability
public import Primitives
public import Settings
import Synchronization

/// The simulated gateway as a process: settings, composition, and the services to run.
public struct Simulator: Sendable {
    /// The server; its port is known once it started.
    public let server: HTTPServer
    /// The sender of webhooks.
    public let webhooks: Webhooks
    /// What is kept between runs.
    public let memory: GatewayMemory

    /// What the environment decides.
    public struct Options: Sendable {
        var address: String
        var port: Int
        var limit: Int
        var latency: Duration
        var keyLifetime: Duration
        var publicURL: String
        var webhookURL: String?
        var webhookSecret: String?
        var webhookEvents: [String]
        var webhookRetries: [Duration]
        var stateFile: String?

        /// Reads `DUELY_GATEWAY_…`.
        public init(_ settings: inout SettingsReader) {
            address = settings.string("DUELY_GATEWAY_HOST", default: "127.0.0.1")
            port = settings.int("DUELY_GATEWAY_PORT", default: 0, in: 0...65_535)
            limit = settings.int("DUELY_GATEWAY_OBJECT_LIMIT", default: 1_000_000, in: 100...100_000_000)
            latency = settings.milliseconds("DUELY_GATEWAY_LATENCY_MS", default: 0)
            keyLifetime = settings.milliseconds("DUELY_GATEWAY_KEY_LIFETIME_MS", default: 86_400_000)
            publicURL = settings.string("DUELY_GATEWAY_PUBLIC_URL", default: "http://127.0.0.1")
            webhookURL = settings.optionalString("DUELY_GATEWAY_WEBHOOK_URL")
            webhookSecret = settings.optionalSecret("DUELY_GATEWAY_WEBHOOK_SECRET")?.reveal()
            webhookEvents = settings.list("DUELY_GATEWAY_WEBHOOK_EVENTS", default: [])
            stateFile = settings.optionalString("DUELY_GATEWAY_STATE_FILE")
            let seconds = settings.list(
                "DUELY_GATEWAY_WEBHOOK_RETRIES", default: ["1", "2", "5", "15", "60", "300"])
            webhookRetries = seconds.compactMap { Int($0) }.map { .seconds($0) }
            if webhookRetries.count != seconds.count {
                settings.report("DUELY_GATEWAY_WEBHOOK_RETRIES", "is not a list of whole seconds")
            }
        }
    }

    /// Composes a simulator.
    public init(_ options: Options, clock: any WallClock, log: Log) {
        let gateway = Gateway(
            clock: clock, limit: options.limit, keyLifetime: options.keyLifetime, latency: options.latency,
            publicURL: options.publicURL)
        memory = GatewayMemory(gateway: gateway, path: options.stateFile, limit: options.limit, log: log)
        webhooks = Webhooks(retries: options.webhookRetries, clock: clock, log: log)
        if let url = options.webhookURL, let secret = options.webhookSecret {
            webhooks.add(url: url, secret: secret)
            gateway.inside.withLock { inside in
                inside.state.hasWebhooks = true
                inside.state.toldTypes = Set(options.webhookEvents)
            }
        }
        let metrics = Metrics()
        let pipeline = RequestPipeline(
            router: GatewayRoutes(gateway: gateway, webhooks: webhooks).router(), problems: ProblemMapping(),
            proxies: TrustedProxies.none, log: log, metrics: metrics)
        var configuration = HTTPServerConfiguration.behindProxy(address: options.address, port: options.port)
        configuration.requestLimit = 5_000
        configuration.connectionLimit = 5_000
        configuration.handlerDeadline = .seconds(600)
        configuration.drainDeadline = .seconds(1)
        server = HTTPServer(configuration, pipeline: pipeline, log: log, metrics: metrics)
    }
}
