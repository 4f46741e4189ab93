/// How a service checks access tokens.
public struct AuthenticatorConfiguration: Sendable {
    /// How far the clocks of identity and this service may differ.
    public let leeway: Duration
    /// The longest life of an access token: revocations older than that need not be kept.
    public let maximumTokenLife: Duration
    /// The shortest time between two fetches that an unknown key causes, so that forged key ids cannot flood identity.
    public let minimumFetchInterval: Duration
    /// How often the keys are fetched in any case, so that a key that identity withdrew is dropped.
    public let refreshInterval: Duration
    /// How often revocations that another replica recorded are read.
    public let revocationInterval: Duration
    /// How often counted requests of machines are written, and so how much a crash forgets.
    public let usageInterval: Duration
    /// The cookie in which browsers carry the token, prefix included.
    public let cookieName: String

    /// States all settings.
    ///
    /// - Parameters:
    ///   - leeway: How far clocks may differ.
    ///   - maximumTokenLife: The longest life of a token.
    ///   - minimumFetchInterval: The shortest time between two fetches.
    ///   - refreshInterval: How often keys are fetched in any case.
    ///   - revocationInterval: How often revocations are read.
    ///   - usageInterval: How often counted requests are written.
    ///   - cookieName: The cookie with the token.
    public init(
        leeway: Duration, maximumTokenLife: Duration, minimumFetchInterval: Duration,
        refreshInterval: Duration,
        revocationInterval: Duration, usageInterval: Duration, cookieName: String
    ) {
        self.leeway = leeway
        self.maximumTokenLife = maximumTokenLife
        self.minimumFetchInterval = minimumFetchInterval
        self.refreshInterval = refreshInterval
        self.revocationInterval = revocationInterval
        self.usageInterval = usageInterval
        self.cookieName = cookieName
    }

    /// The same, but with another pause between two writes of counted requests.
    ///
    /// - Parameter interval: How often they are written.
    /// - Returns: The changed settings.
    public func counting(every interval: Duration) -> AuthenticatorConfiguration {
        AuthenticatorConfiguration(
            leeway: leeway, maximumTokenLife: maximumTokenLife, minimumFetchInterval: minimumFetchInterval,
            refreshInterval: refreshInterval, revocationInterval: revocationInterval,
            usageInterval: interval, cookieName: cookieName)
    }

    /// What every service uses unless a test needs other times.
    public static let standard = AuthenticatorConfiguration(
        leeway: .seconds(5), maximumTokenLife: .seconds(3600), minimumFetchInterval: .seconds(2),
        refreshInterval: .seconds(300), revocationInterval: .seconds(1), usageInterval: .seconds(60),
        cookieName: SessionCookies.access)
}
