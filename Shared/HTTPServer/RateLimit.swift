/// How much of a limit a caller has used, as the RateLimit header fields tell it.
public struct RateLimit: Sendable, Hashable {
    /// The name of the limit, such as `payments`.
    public let policy: String
    /// How many requests a window allows.
    public let limit: Int
    /// The length of the window.
    public let windowSeconds: Int
    /// How many requests are left in this window.
    public let remaining: Int
    /// When the window ends.
    public let resetSeconds: Int

    /// The state of a limit.
    public init(policy: String, limit: Int, windowSeconds: Int, remaining: Int, resetSeconds: Int) {
        self.policy = policy
        self.limit = limit
        self.windowSeconds = windowSeconds
        self.remaining = max(0, remaining)
        self.resetSeconds = max(0, resetSeconds)
    }

    /// The header fields that tell the caller, in the form of the IETF draft.
    public var headers: HTTPHeaders {
        [
            "RateLimit-Policy": "\"\(policy)\";q=\(limit);w=\(windowSeconds)",
            "RateLimit": "\"\(policy)\";r=\(remaining);t=\(resetSeconds)",
        ]
    }

    /// The problem for a caller that is over the limit.
    public var exceeded: Problem {
        var headers = headers
        headers.set("Retry-After", String(max(1, resetSeconds)))
        return Problem(
            status: 429, code: "rate_limited", title: "Too many requests",
            detail: "At most \(limit) in \(windowSeconds) seconds; try again in \(max(1, resetSeconds)).",
            headers: headers)
    }
}
