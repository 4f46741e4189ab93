import Crypto
import HTTPClient
import NotificationDomain
import Primitives
import Settings

/// What this service needs to know besides the settings of all services.
struct NotificationSettings {
    let key: UnsealingKey?
    let from: MailAddress?
    let platformName: String
    let smtp: SMTPConfiguration
    /// How many mails are sent side by side; 0 leaves that to other processes.
    let concurrency: Int
    let courier: CourierSettings

    /// The most mails that one loop sends side by side: a slow server holds up no more than these.
    private static let batchMaximum = 16

    init(_ settings: inout SettingsReader) {
        key = Base64URL.decode(settings.secret("DUELY_SEAL_SECRET_KEY").reveal()).flatMap {
            UnsealingKey(rawBytes: $0)
        }
        if key == nil {
            settings.report("DUELY_SEAL_SECRET_KEY", "is not a secret key of 32 bytes in base64url")
        }
        platformName = settings.string("DUELY_PLATFORM_NAME", default: "Duely")
        from = MailAddress(name: platformName, address: settings.string("DUELY_MAIL_FROM"))
        if from == nil { settings.report("DUELY_MAIL_FROM", "is not an e-mail address") }
        concurrency = settings.int("DUELY_MAIL_CONCURRENCY", default: 8, in: 0...256)
        smtp = Self.smtp(&settings, connections: max(1, concurrency))
        let delays = settings.list(
            "DUELY_MAIL_RETRY_DELAYS_MS",
            default: ["60000", "300000", "900000", "3600000", "14400000", "43200000"])
        let milliseconds = delays.compactMap { Int64($0) }
        if milliseconds.count != delays.count {
            settings.report("DUELY_MAIL_RETRY_DELAYS_MS", "must be whole milliseconds, separated by commas")
        }
        courier = CourierSettings(
            batch: min(max(1, concurrency), Self.batchMaximum),
            lease: settings.milliseconds("DUELY_MAIL_LEASE_MS", default: 120_000),
            pause: settings.milliseconds("DUELY_MAIL_POLL_MS", default: 500),
            policy: DeliveryPolicy(
                refusalDelays: milliseconds.map { .milliseconds($0) },
                unreachableDelay: settings.milliseconds("DUELY_MAIL_UNREACHABLE_DELAY_MS", default: 15_000)))
    }

    /// How many loops send mails.
    var lanes: Int { concurrency == 0 ? 0 : (concurrency + courier.batch - 1) / courier.batch }

    private static func smtp(_ settings: inout SettingsReader, connections: Int) -> SMTPConfiguration {
        let url = settings.url("DUELY_SMTP_URL", schemes: ["smtp", "smtps"])
        let usual: SMTPConfiguration.Security =
            url.scheme == "smtps" ? .tls : (url.user == nil ? .none : .startTLS)
        let credentials = url.user.flatMap { user in
            url.password.map { SMTPConfiguration.Credentials(user: user, password: $0) }
        }
        return SMTPConfiguration(
            host: url.host, port: url.port ?? (url.scheme == "smtps" ? 465 : 25),
            security: settings.choice("DUELY_SMTP_SECURITY", default: usual), credentials: credentials,
            certificateFile: settings.optionalString("DUELY_SMTP_CA_FILE"),
            clientName: settings.string("DUELY_SMTP_CLIENT_NAME", default: "localhost"),
            maximumConnections: connections, maximumWaiting: 4 * connections + 16,
            connectTimeout: settings.milliseconds("DUELY_SMTP_CONNECT_TIMEOUT_MS", default: 10_000),
            totalTimeout: settings.milliseconds("DUELY_SMTP_TIMEOUT_MS", default: 60_000))
    }
}
