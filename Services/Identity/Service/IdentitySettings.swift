import Crypto
import IdentityDomain
import Primitives
import ServiceKit
import Settings

/// The settings that only identity has.
struct IdentitySettings: Sendable {
    let lifetimes: TokenLifetimes
    let verificationLife: Duration
    let invitationLife: Duration
    let passwordResetLife: Duration
    /// How often is looked for what people did with addresses before it was known whether they have accounts.
    let addressEventPause: Duration
    let signingKeyLife: Duration
    let signingKeyAnnounced: Duration
    let auditKept: Duration
    let storageKey: StorageKey
    let sealingKey: SealingKey
    let passwordThreads: Int
    let passwordQueue: Int
    let loginsPerAccount: ThrottleRule
    let loginsPerAddress: ThrottleRule
    let signUpsPerAddress: ThrottleRule
    let invitationsPerOrganization: ThrottleRule
    let passwordResetsPerAccount: ThrottleRule
    let passwordResetsPerAddress: ThrottleRule
    let verificationsPerAccount: ThrottleRule
    let machinesPerOrganization: Int
    /// What a key or client may ask of each service unless it is given less.
    let machinePlan: MachinePlan

    /// Reads them all; mistakes are reported by the reader's `finish`.
    init(_ settings: inout SettingsReader) {
        func seconds(_ name: String, _ fallback: Int) -> Duration {
            .seconds(settings.int(name, default: fallback, in: 1...315_360_000))
        }
        lifetimes = TokenLifetimes(
            access: .seconds(settings.int("DUELY_ACCESS_TOKEN_SECONDS", default: 600, in: 1...3600)),
            refreshIdle: seconds("DUELY_REFRESH_TOKEN_SECONDS", 30 * 86_400),
            session: seconds("DUELY_SESSION_SECONDS", 90 * 86_400),
            refreshOverlap: .seconds(settings.int("DUELY_REFRESH_OVERLAP_SECONDS", default: 10, in: 0...300)))
        verificationLife = seconds("DUELY_VERIFICATION_SECONDS", 3 * 86_400)
        invitationLife = seconds("DUELY_INVITATION_SECONDS", 14 * 86_400)
        passwordResetLife = seconds("DUELY_PASSWORD_RESET_SECONDS", 3600)
        addressEventPause = settings.milliseconds(
            "DUELY_ADDRESS_EVENT_POLL_MS", default: 250, in: 10...600_000)
        signingKeyLife = seconds("DUELY_SIGNING_KEY_LIFE_SECONDS", 90 * 86_400)
        signingKeyAnnounced = seconds("DUELY_SIGNING_KEY_ANNOUNCED_SECONDS", 10)
        auditKept = seconds("DUELY_AUDIT_SECONDS", 400 * 86_400)
        storageKey = Self.key(
            "DUELY_SIGNING_KEY_SECRET", settings.secret("DUELY_SIGNING_KEY_SECRET"), &settings
        ) {
            StorageKey(rawBytes: $0)
        }
        sealingKey = Self.key(
            "DUELY_SEAL_PUBLIC_KEY", Secret(settings.string("DUELY_SEAL_PUBLIC_KEY")), &settings
        ) {
            SealingKey(rawBytes: $0)
        }
        passwordThreads = settings.int("DUELY_PASSWORD_THREADS", default: 2, in: 1...64)
        passwordQueue = settings.int("DUELY_PASSWORD_QUEUE", default: 64, in: 1...10_000)
        func rule(_ name: String, _ variable: String, _ limit: Int, _ windowSeconds: Int64) -> ThrottleRule {
            let limit = settings.int(variable, default: limit, in: 1...1_000_000)
            return ThrottleRule(name: name, limit: limit, windowSeconds: windowSeconds)
        }
        loginsPerAccount = rule("failed_logins", "DUELY_FAILED_LOGINS_PER_ACCOUNT", 10, 900)
        loginsPerAddress = rule("failed_logins_address", "DUELY_FAILED_LOGINS_PER_ADDRESS", 100, 900)
        signUpsPerAddress = rule("sign_ups", "DUELY_SIGN_UPS_PER_ADDRESS", 50, 3600)
        invitationsPerOrganization = rule("invitations", "DUELY_INVITATIONS_PER_ORGANIZATION", 1000, 3600)
        passwordResetsPerAccount = rule("password_resets", "DUELY_PASSWORD_RESETS_PER_ACCOUNT", 5, 3600)
        passwordResetsPerAddress = rule(
            "password_resets_address", "DUELY_PASSWORD_RESETS_PER_ADDRESS", 50, 3600)
        verificationsPerAccount = rule("verifications", "DUELY_VERIFICATIONS_PER_ACCOUNT", 5, 3600)
        machinesPerOrganization = settings.int(
            "DUELY_API_KEYS_PER_ORGANIZATION", default: 100, in: 1...10_000)
        machinePlan = MachinePlan(
            requestsPerMinute: Int64(
                settings.int("DUELY_API_REQUESTS_PER_MINUTE", default: 600, in: 1...1_000_000)),
            requestsPerMonth: Int64(
                settings.int("DUELY_API_REQUESTS_PER_MONTH", default: 1_000_000, in: 1...1_000_000_000)))
    }

    /// A key of 32 bytes in base64url; a random stand-in after a mistake, because the start fails anyway.
    private static func key<Key>(
        _ name: String, _ text: Secret<String>, _ settings: inout SettingsReader, _ make: ([UInt8]) -> Key?
    ) -> Key {
        if let bytes = Base64URL.decode(text.reveal()), let key = make(bytes) { return key }
        if !text.reveal().isEmpty { settings.report(name, "is not the base64url text of 32 bytes") }
        guard let stand = make(Random.bytes(32)) else { preconditionFailure("32 random bytes are a key") }
        return stand
    }
}
