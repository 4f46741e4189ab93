/// How long the credentials of a login live.
public struct TokenLifetimes: Sendable, Hashable {
    /// An access token: short, because it is checked without asking.
    public let access: Duration
    /// A refresh token that nobody uses.
    public let refreshIdle: Duration
    /// A login, however often it is refreshed.
    public let session: Duration
    /// How long a refresh token still counts after it was used: two tabs refresh at the same time, or an answer got
    /// lost on the way.
    public let refreshOverlap: Duration

    /// States all of them.
    ///
    /// - Parameters:
    ///   - access: An access token.
    ///   - refreshIdle: A refresh token that nobody uses.
    ///   - session: A login.
    ///   - refreshOverlap: A refresh token that was used.
    public init(access: Duration, refreshIdle: Duration, session: Duration, refreshOverlap: Duration) {
        self.access = access
        self.refreshIdle = refreshIdle
        self.session = session
        self.refreshOverlap = refreshOverlap
    }
}
