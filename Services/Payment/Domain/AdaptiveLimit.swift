public import Primitives

/// A limit that halves when the other side has had too much, and rises slowly while it has not.
///
/// It rises in a straight line, so that what the other side bears is approached from below and left again by half: the
/// senders of several replicas, who do not know of each other, come to equal shares that way.
public struct AdaptiveLimit: Hashable, Sendable {
    /// The highest that it rises to.
    public let ceiling: Double
    private var base: Double
    private var risePerSecond = 0.0
    private var loweredAt: Instant?

    /// The lowest that it falls to: something is always tried.
    public static let floor = 1.0
    /// The seconds in which half of what was too much is regained are half as many as this.
    private static let riseSeconds = 16.0

    /// A limit that stands at its ceiling.
    public init(ceiling: Int) {
        precondition(ceiling >= 1, "a limit that lets nothing through never ends")
        self.ceiling = Double(ceiling)
        base = self.ceiling
    }

    /// The limit at a moment.
    public func value(at now: Instant) -> Double {
        guard let loweredAt, now > loweredAt else { return base }
        return min(ceiling, base + risePerSecond * (now - loweredAt).inSeconds)
    }

    /// Halves what was used, which was too much.
    ///
    /// - Parameters:
    ///   - used: How much that was; more than the limit counts as the limit.
    ///   - now: The injected clock's time.
    public mutating func lower(from used: Double, at now: Instant) {
        let before = max(Self.floor, min(used, value(at: now)))
        base = max(Self.floor, before / 2)
        risePerSecond = max(Self.floor, before / Self.riseSeconds)
        loweredAt = now
    }
}
