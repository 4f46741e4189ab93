public import Primitives

/// What a presented refresh token means: the rule of rotation with detection of reuse (RFC 9700, 4.14.2).
public enum RefreshRotation {
    /// The token and its login, as they are stored.
    public struct Presented: Sendable, Hashable {
        /// When the token ends if nobody uses it.
        public let expiresAt: Instant
        /// When it was exchanged for another.
        public let replacedAt: Instant?
        /// When the login ends.
        public let sessionExpiresAt: Instant
        /// When the login was ended before its time.
        public let sessionRevokedAt: Instant?

        /// Describes a token.
        ///
        /// - Parameters:
        ///   - expiresAt: When the token ends.
        ///   - replacedAt: When it was exchanged.
        ///   - sessionExpiresAt: When the login ends.
        ///   - sessionRevokedAt: When the login was ended.
        public init(
            expiresAt: Instant, replacedAt: Instant?, sessionExpiresAt: Instant, sessionRevokedAt: Instant?
        ) {
            self.expiresAt = expiresAt
            self.replacedAt = replacedAt
            self.sessionExpiresAt = sessionExpiresAt
            self.sessionRevokedAt = sessionRevokedAt
        }
    }

    /// What follows.
    public enum Decision: Sendable, Hashable {
        /// Exchange it: the next token ends at the moment given.
        case rotate(nextExpiresAt: Instant)
        /// Refuse it; nothing is wrong.
        case refuse
        /// It was exchanged long ago: somebody else has a copy. End the login, whoever asks.
        case revoke
    }

    /// Decides.
    ///
    /// - Parameters:
    ///   - presented: The token.
    ///   - now: The moment.
    ///   - lifetimes: How long credentials live.
    /// - Returns: What follows.
    public static func decide(_ presented: Presented, now: Instant, lifetimes: TokenLifetimes) -> Decision {
        guard presented.sessionRevokedAt == nil, now < presented.sessionExpiresAt else { return .refuse }
        if let replacedAt = presented.replacedAt, now >= replacedAt + lifetimes.refreshOverlap {
            return .revoke
        }
        guard now < presented.expiresAt else { return .refuse }
        return .rotate(nextExpiresAt: min(now + lifetimes.refreshIdle, presented.sessionExpiresAt))
    }
}
