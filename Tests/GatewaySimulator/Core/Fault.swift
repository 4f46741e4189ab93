import Primitives

/// A fault that a test ordered, for the next requests that match.
struct Fault: Sendable {
    /// What goes wrong.
    enum Kind: String, Sendable, CaseIterable {
        /// The request waits before anything happens.
        case latency
        /// The request is executed, its answer waits: what a client's time-out looks like from here.
        case lateAnswer = "late_answer"
        /// The request is executed and its answer kept for its key, but the client gets a 500.
        case errorAfter = "error_after"
        /// The request is executed, then fails inside the gateway: the 500 is the stored answer of its key.
        case storedErrorAfter = "stored_error_after"
        /// A 500 without anything executed.
        case errorBefore = "error_before"
        /// The connection is cut without anything executed.
        case resetBefore = "reset_before"
        /// The request is executed, then the connection is cut before the answer.
        case resetAfter = "reset_after"
        /// 429 with Retry-After, nothing executed.
        case rateLimit = "rate_limit"
    }

    let id: Int
    let kind: Kind
    /// The beginning of the paths it applies to.
    let pathPrefix: String
    /// Only requests whose body contains this text; empty for all.
    let bodyContains: [UInt8]
    let delay: Duration
    let retryAfterSeconds: Int
    /// How many requests are still to be hit; nil for every one until it is removed.
    var remaining: Int?
    /// One in this many matching requests is hit, evenly spread.
    let every: Int
    var seen = 0

    /// Whether this request is hit; counts it.
    mutating func hits(path: String, body: [UInt8]) -> Bool {
        guard remaining != 0, path.hasPrefix(pathPrefix), Fault.contains(body, bodyContains) else {
            return false
        }
        seen += 1
        guard seen.isMultiple(of: every) else { return false }
        if let left = remaining { remaining = left - 1 }
        return true
    }

    private static func contains(_ body: [UInt8], _ needle: [UInt8]) -> Bool {
        guard let first = needle.first else { return true }
        guard body.count >= needle.count else { return false }
        for start in 0...(body.count - needle.count) where body[start] == first {
            if body[start..<(start + needle.count)].elementsEqual(needle) { return true }
        }
        return false
    }
}
