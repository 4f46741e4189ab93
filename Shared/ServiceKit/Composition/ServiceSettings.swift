import AMQP
import Messaging
import Observability
import Postgres
import Primitives
import Settings

/// The settings that all services have in common.
struct ServiceSettings {
    let httpHost: String
    let httpPort: Int
    let database: PostgresConfiguration
    let broker: AMQPConfiguration
    let logLevel: LogLevel
    let clock: any WallClock
    let identityURL: String
    let publicURL: String
    let trustedProxies: [String]
    let relay: RelaySettings
    let consumer: ConsumerSettings
    let retryDelaysMilliseconds: [Int64]
    let retention: Retention.Settings
    let stopDeadline: Duration
    /// How often the requests of machines are written.
    let usageInterval: Duration
    /// How long nothing more is told of a key after its last use was.
    let useReportInterval: Duration

    init(_ settings: inout SettingsReader, service: String) {
        httpHost = settings.string("DUELY_HTTP_HOST", default: "127.0.0.1")
        httpPort = settings.int("DUELY_HTTP_PORT", in: 1...65_535)
        database = Self.database(&settings, service: service)
        broker = Self.broker(&settings, service: service)
        logLevel = settings.choice("DUELY_LOG_LEVEL", default: .info)
        clock = settings.optionalString("DUELY_CLOCK_FILE").map { FileClock(path: $0) } ?? SystemClock()
        identityURL = settings.url("DUELY_IDENTITY_URL", schemes: ["http", "https"]).withoutTrailingSlash
        publicURL = settings.url("DUELY_PUBLIC_URL", schemes: ["http", "https"]).withoutTrailingSlash
        trustedProxies = settings.list("DUELY_TRUSTED_PROXIES", default: ["127.0.0.1", "::1"])
        let delays = settings.list("DUELY_RETRY_DELAYS_MS", default: ["5000", "30000", "300000", "1800000"])
        retryDelaysMilliseconds = delays.compactMap { Int64($0) }
        if retryDelaysMilliseconds.isEmpty || retryDelaysMilliseconds.count != delays.count {
            settings.report("DUELY_RETRY_DELAYS_MS", "must be whole milliseconds, separated by commas")
        }
        relay = Self.relay(&settings)
        consumer = Self.consumer(&settings, retrySteps: retryDelaysMilliseconds.count)
        var retention = Retention.Settings.production
        retention.events = .seconds(
            86_400 * settings.int("DUELY_EVENT_RETENTION_DAYS", default: 7, in: 1...3_650))
        retention.inbox = .seconds(
            86_400 * settings.int("DUELY_INBOX_RETENTION_DAYS", default: 30, in: 1...3_650))
        self.retention = retention
        stopDeadline = settings.milliseconds("DUELY_STOP_DEADLINE_MS", default: 35_000)
        usageInterval = settings.milliseconds("DUELY_API_USAGE_MS", default: 60_000)
        useReportInterval = settings.milliseconds("DUELY_API_USE_REPORT_MS", default: 120_000)
    }

    static func broker(_ settings: inout SettingsReader, service: String) -> AMQPConfiguration {
        let url = settings.url("DUELY_AMQP_URL", schemes: ["amqp", "amqps"])
        let caFile = settings.optionalString("DUELY_AMQP_CA_FILE")
        if url.scheme == "amqps", caFile == nil {
            settings.report(
                "DUELY_AMQP_CA_FILE", "is required with amqps: the broker's certificate is always checked")
        }
        var timing = AMQPTiming.production
        timing.reconnectMaximum = settings.milliseconds("DUELY_AMQP_RECONNECT_MAX_MS", default: 30_000)
        return AMQPConfiguration(
            host: url.host, port: url.port ?? (url.scheme == "amqps" ? 5671 : 5672),
            virtualHost: url.path.count > 1 ? String(url.path.dropFirst()) : "/", user: url.user ?? "guest",
            password: url.password ?? Secret("guest"),
            tls: url.scheme == "amqps" ? .init(caFile: caFile ?? "", verifyHostname: true) : nil,
            connectionName: service, appID: service, timing: timing, limits: .production)
    }

    private static func database(_ settings: inout SettingsReader, service: String) -> PostgresConfiguration {
        let url = settings.url("DUELY_DATABASE_URL", schemes: ["postgres", "postgresql"])
        var database = PostgresConfiguration(
            host: url.host, port: url.port ?? 5432, database: String(url.path.dropFirst()),
            user: url.user ?? "duely_\(service)",
            password: url.password, applicationName: "duely-\(service)")
        database.sslMode = settings.choice("DUELY_DATABASE_SSLMODE", default: .prefer)
        database.rootCertificate = settings.optionalString("DUELY_DATABASE_CA_FILE")
        database.poolSize = settings.int("DUELY_DATABASE_POOL_SIZE", default: 8, in: 1...200)
        return database
    }

    private static func relay(_ settings: inout SettingsReader) -> RelaySettings {
        RelaySettings(
            batch: settings.int("DUELY_RELAY_BATCH", default: 512, in: 1...4_096),
            pollInterval: settings.milliseconds("DUELY_RELAY_POLL_MS", default: 1_000),
            leaderPeriod: settings.milliseconds("DUELY_RELAY_LEADER_MS", default: 1_000),
            retryBase: settings.milliseconds("DUELY_RELAY_RETRY_MS", default: 500),
            retryMaximum: settings.milliseconds("DUELY_RELAY_RETRY_MAX_MS", default: 60_000),
            queueCheckInterval: settings.milliseconds("DUELY_RELAY_QUEUE_CHECK_MS", default: 5_000),
            stuckAttempts: 20,
            measureInterval: .seconds(5))
    }

    private static func consumer(_ settings: inout SettingsReader, retrySteps: Int) -> ConsumerSettings {
        var consumer = ConsumerSettings.production
        consumer.batch = settings.int("DUELY_BATCH_SIZE", default: 256, in: 1...1_024)
        consumer.linger = settings.milliseconds("DUELY_LINGER_MS", default: 10)
        consumer.retrySteps = retrySteps
        consumer.probeBase = settings.milliseconds("DUELY_PROBE_MS", default: 1_000)
        consumer.probeMaximum = settings.milliseconds("DUELY_PROBE_MAX_MS", default: 30_000)
        consumer.rehearsal = settings.choice("DUELY_REHEARSAL", default: .none)
        return consumer
    }
}

extension SettingsURL {
    /// Scheme, host, port and path without a slash at the end.
    var withoutTrailingSlash: String {
        let text = withoutCredentials
        return text.hasSuffix("/") ? String(text.dropLast()) : text
    }
}
