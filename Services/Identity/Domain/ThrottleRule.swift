public import Primitives

/// At most so many events in a window of time; windows follow one another from 1970 on.
public struct ThrottleRule: Sendable, Hashable {
    /// The stable name of the rule.
    public let name: String
    /// The most events in a window.
    public let limit: Int
    /// The length of a window.
    public let windowSeconds: Int64

    /// Describes a rule.
    ///
    /// - Parameters:
    ///   - name: The stable name.
    ///   - limit: The most events.
    ///   - windowSeconds: The length of a window.
    public init(name: String, limit: Int, windowSeconds: Int64) {
        precondition(limit > 0 && windowSeconds > 0)
        self.name = name
        self.limit = limit
        self.windowSeconds = windowSeconds
    }

    /// When the window began that a moment belongs to.
    ///
    /// - Parameter now: The moment.
    /// - Returns: The beginning.
    public func windowStart(at now: Instant) -> Instant {
        Instant(seconds: now.seconds - ((now.seconds % windowSeconds) + windowSeconds) % windowSeconds)
    }

    /// The seconds until the next window begins, at least one.
    ///
    /// - Parameter now: The moment.
    /// - Returns: The seconds, rounded up.
    public func secondsLeft(at now: Instant) -> Int {
        let end = windowStart(at: now) + .seconds(windowSeconds)
        return Int(max(1, (end.microseconds - now.microseconds + 999_999) / 1_000_000))
    }
}
