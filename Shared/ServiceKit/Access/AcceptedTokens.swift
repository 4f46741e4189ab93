import Primitives

/// Tokens whose signature has been checked: a caller shows the same one with every request of ten minutes.
///
/// A signature stays valid as long as its key is known; times and revocations are looked at each time.
struct AcceptedTokens {
    private var tokens: [String: AccessToken] = [:]
    private static let limit = 10_000

    /// The claims of a token that was accepted before and lives at that moment.
    ///
    /// At the edges of a token's life the full check decides, which knows how far clocks may differ.
    func find(_ text: String, at now: Instant) -> AccessToken? {
        guard let token = tokens[text], token.issuedAt <= now, now < token.expiresAt else { return nil }
        return token
    }

    /// Remembers a token; when there are too many, all are checked again once.
    mutating func add(_ token: AccessToken, as text: String) {
        if tokens.count >= Self.limit { removeAll() }
        tokens[text] = token
    }

    /// Forgets all: the keys have changed.
    mutating func removeAll() { tokens.removeAll(keepingCapacity: true) }
}
