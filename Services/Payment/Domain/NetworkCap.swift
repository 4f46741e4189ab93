public import Primitives

/// How often a network lets a card be refused within a time; what goes beyond costs fees, and in the end the right to charge.
///
/// Networks count tries after a refusal, per card and amount or per card. Here every refusal of a card counts, whatever the
/// amount, so what is allowed here is allowed there.
public struct NetworkCap: Hashable, Sendable {
    /// How many refusals.
    public let refusals: Int
    /// Within how long.
    public let window: Duration

    private static let day = Duration.seconds(86_400)

    private static let perMonth = NetworkCap(refusals: 15, window: day * 30)
    private static let perDay = NetworkCap(refusals: 10, window: day)
    private static let wide = NetworkCap(refusals: 35, window: day * 30)

    /// The longest time that any network looks back.
    public static let longestWindow = day * 30

    /// The caps of a network, by the gateway's name of it; one that publishes none gets the strictest of the others.
    public static func caps(ofBrand brand: String) -> [NetworkCap] {
        switch brand {
        case "visa": [perMonth]
        case "mastercard": [perDay, wide]
        default: [perDay, perMonth]
        }
    }

    /// How many tries of a card that was not refused lately may be under way at once: all of them may be refused.
    public static func triesAtOnce(ofBrand brand: String) -> Int {
        caps(ofBrand: brand).map(\.refusals).min() ?? 0
    }
}

/// Whether a card may be tried again.
public enum CardAllowance: Hashable, Sendable {
    /// So often, at least once.
    case tries(Int)
    /// Not before the first refusals that count have become old.
    case notBefore(Instant)
    /// Not before what is under way has ended.
    case waits

    /// Decides how often a card may be tried.
    ///
    /// - Parameters:
    ///   - caps: The caps of its network.
    ///   - refusals: When it was refused, at least within the longest of their windows, in any order.
    ///   - underWay: How many tries have no answer yet; each of them may be a refusal.
    ///   - now: The injected clock's time.
    /// - Returns: What is allowed under all of the caps.
    public static func decide(
        _ caps: [NetworkCap], refusals: [Instant], underWay: Int, now: Instant
    ) -> CardAllowance {
        var tries = Int.max
        var notBefore: Instant?
        var waits = false
        for cap in caps {
            let counted = refusals.filter { $0 > now - cap.window }.sorted()
            let left = cap.refusals - counted.count - underWay
            if left > 0 {
                tries = min(tries, left)
            } else if counted.count >= cap.refusals {
                // One more is allowed when as many have become old as are too many, and one.
                let free = counted[counted.count - cap.refusals] + cap.window
                notBefore = max(notBefore ?? free, free)
            } else {
                waits = true
            }
        }
        if let notBefore { return .notBefore(notBefore) }
        return waits ? .waits : .tries(tries)
    }
}
