import Crypto
import PaymentDomain
import Primitives
import Settings

/// Everything that can be set about the payment service; every delay is a setting.
struct PaymentSettings: Sendable {
    let gatewayURL: String
    /// Where browsers reach the gateway; the same unless it hides behind another name.
    let gatewayPublicURL: String
    let gatewaySecretKey: Secret<String>
    let gatewayPublishableKey: String
    /// What webhooks are signed with, the newest first; none means that there is no webhook.
    let webhookSecrets: [Secret<String>]
    /// How old or new a signature may be.
    let webhookTolerance: Duration
    /// How long news of the gateway wait, so that our own answer is mostly booked before.
    let noticeDelay: Duration
    let noticeRetry: DoublingDelay
    let gatewayConnectTimeout: Duration
    let gatewayTimeout: Duration
    /// Charges in flight at once, in this process.
    let gatewayConcurrency: Int
    /// Charges sent in a second, by this process; the gateway's own refusals lower it for a while.
    let gatewayPerSecond: Int
    /// When charges are kept back because the gateway fails.
    let breaker: Breaker.Rules
    /// How many attempts one claim may take.
    let claimBatch: Int
    /// How long answers may wait for others to be booked in the same transaction.
    let recordLinger: Duration
    /// Longer than a call can take, so that only a dead sender's attempts become unknown.
    let lease: Duration
    let attempts: AttemptMachine
    /// How long a key replays safely at the gateway, with a margin.
    let keyLifetime: Duration
    /// After this a request that nobody has heard of can no longer take effect.
    let lostAfter: Duration
    let ladder: RetryLadder
    /// How long an attempt may be open before others are told that it is under way.
    let announceAfter: Duration
    let sweepPause: Duration
    let claimPause: Duration
    /// How often cards that will not work much longer are looked for.
    let cardExpiryPause: Duration
    let refundDelay: DoublingDelay
    /// How long after the end of a day in UTC the gateway's list of that day is asked for.
    let reconcileAfter: Duration
    /// How long a request waits for an invoice that is not known yet, and for the invoice's own event.
    let patience: Duration
    let startsPerLinkAndHour: Int
    let payLinks: PayLinkKeyRing

    init(_ settings: inout SettingsReader) {
        let url = settings.url("DUELY_GATEWAY_URL", schemes: ["http", "https"]).withoutCredentials
        gatewayURL = url.hasSuffix("/") ? String(url.dropLast()) : url
        gatewayPublicURL = settings.string(
            "DUELY_GATEWAY_PUBLIC_URL", default: gatewayURL.isEmpty ? "-" : gatewayURL)
        gatewaySecretKey = settings.secret("DUELY_GATEWAY_SECRET_KEY")
        gatewayPublishableKey = settings.string("DUELY_GATEWAY_PUBLISHABLE_KEY")
        let secrets = settings.optionalSecret("DUELY_GATEWAY_WEBHOOK_SECRETS")?.reveal() ?? ""
        webhookSecrets = secrets.split(separator: ",").map { Secret(String($0)) }
        if webhookSecrets.count > 2 {
            settings.report("DUELY_GATEWAY_WEBHOOK_SECRETS", "must be at most two, separated by a comma")
        }
        webhookTolerance = settings.milliseconds("DUELY_GATEWAY_WEBHOOK_TOLERANCE_MS", default: 300_000)
        noticeDelay = settings.milliseconds("DUELY_GATEWAY_NOTICE_DELAY_MS", default: 1_000)
        noticeRetry = DoublingDelay(
            first: settings.milliseconds("DUELY_GATEWAY_NOTICE_RETRY_MS", default: 5_000),
            limit: .seconds(3_600))
        gatewayConnectTimeout = settings.milliseconds("DUELY_GATEWAY_CONNECT_TIMEOUT_MS", default: 3_000)
        gatewayTimeout = settings.milliseconds("DUELY_GATEWAY_TIMEOUT_MS", default: 30_000)
        gatewayConcurrency = settings.int("DUELY_GATEWAY_CONCURRENCY", default: 512, in: 1...4096)
        gatewayPerSecond = settings.int("DUELY_GATEWAY_PER_SECOND", default: 10_000, in: 1...1_000_000)
        breaker = Self.breaker(&settings)
        claimBatch = settings.int("DUELY_CLAIM_BATCH", default: 256, in: 1...1024)
        recordLinger = settings.milliseconds("DUELY_RECORD_LINGER_MS", default: 10)
        lease = settings.milliseconds("DUELY_ATTEMPT_LEASE_MS", default: 90_000)
        let lookUps = Self.durations(
            &settings, "DUELY_LOOK_UP_DELAYS_MS",
            [5_000, 30_000, 120_000, 600_000, 3_600_000] + Array(repeating: 86_400_000, count: 5))
        attempts = AttemptMachine(
            lookUps: LookUpSchedule(lookUps),
            notExecuted: DoublingDelay(
                first: settings.milliseconds("DUELY_NOT_EXECUTED_DELAY_MS", default: 300_000),
                limit: .seconds(86_400)),
            confirmation: settings.milliseconds("DUELY_CONFIRMATION_MS", default: 3_600_000))
        keyLifetime = settings.milliseconds("DUELY_GATEWAY_KEY_LIFETIME_MS", default: 72_000_000)
        lostAfter = settings.milliseconds("DUELY_LOST_AFTER_MS", default: 86_400_000)
        let days = settings.list("DUELY_RETRY_LADDER_DAYS", default: ["2", "5", "7", "7"])
        if days.contains(where: { (Int($0) ?? 0) < 1 }) {
            settings.report("DUELY_RETRY_LADDER_DAYS", "must be days of at least 1, separated by commas")
        }
        ladder = RetryLadder(days: days.map { max(Int($0) ?? 1, 1) })
        announceAfter = settings.milliseconds("DUELY_ANNOUNCE_AFTER_MS", default: 2_000)
        sweepPause = settings.milliseconds("DUELY_SWEEP_MS", default: 1_000)
        claimPause = settings.milliseconds("DUELY_CLAIM_MS", default: 500)
        cardExpiryPause = settings.milliseconds("DUELY_CARD_EXPIRY_MS", default: 600_000)
        refundDelay = DoublingDelay(
            first: settings.milliseconds("DUELY_REFUND_RETRY_MS", default: 60_000), limit: .seconds(3_600))
        reconcileAfter = settings.milliseconds("DUELY_RECONCILE_AFTER_MS", default: 3_600_000)
        patience = settings.milliseconds("DUELY_PATIENCE_MS", default: 2_000)
        startsPerLinkAndHour = settings.int("DUELY_STARTS_PER_LINK", default: 10, in: 1...1_000_000)
        let keys = settings.secret("DUELY_PAY_LINK_KEYS").reveal()
        if let ring = PayLinkKeyRing(setting: keys) {
            payLinks = ring
        } else {
            settings.report(
                "DUELY_PAY_LINK_KEYS", "must be id:base64url of 32 bytes, newest first, at most two")
            payLinks = .unset
        }
        if lease <= gatewayTimeout {
            settings.report("DUELY_ATTEMPT_LEASE_MS", "must be longer than DUELY_GATEWAY_TIMEOUT_MS")
        }
    }

    private static func breaker(_ settings: inout SettingsReader) -> Breaker.Rules {
        Breaker.Rules(
            window: settings.milliseconds("DUELY_BREAKER_WINDOW_MS", default: 30_000),
            callsMinimum: settings.int("DUELY_BREAKER_CALLS", default: 10, in: 1...100_000),
            failedPercent: settings.int("DUELY_BREAKER_PERCENT", default: 50, in: 1...100),
            rest: DoublingDelay(
                first: settings.milliseconds("DUELY_BREAKER_REST_MS", default: 5_000), limit: .seconds(300)),
            probes: settings.int("DUELY_BREAKER_PROBES", default: 3, in: 1...1_000))
    }

    private static func durations(_ settings: inout SettingsReader, _ name: String, _ fallback: [Int64])
        -> [Duration]
    {
        let texts = settings.list(name, default: fallback.map { String($0) })
        let values = texts.compactMap { Int64($0) }.filter { $0 >= 0 }
        if values.isEmpty || values.count != texts.count {
            settings.report(name, "must be whole milliseconds, separated by commas")
            return [.zero]
        }
        return values.map { .milliseconds($0) }
    }
}
