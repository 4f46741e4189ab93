/// When to look up what became of a request whose answer was lost; after the last look-up a person has to.
public struct LookUpSchedule: Hashable, Sendable {
    private let delays: [Duration]

    /// The waiting time before each look-up, in order; never empty.
    public init(_ delays: [Duration]) {
        precondition(!delays.isEmpty, "a lost answer must be looked up at least once")
        self.delays = delays
    }

    /// How often to look.
    public var maximumLookUps: Int { delays.count }

    /// The time from one look-up to the next.
    public func delay(afterLookUps count: Int) -> Duration { delays[min(count, delays.count - 1)] }
}

/// A waiting time that doubles with each try, up to a limit.
public struct DoublingDelay: Hashable, Sendable {
    private let first: Duration
    private let limit: Duration

    /// The first waiting time and the longest.
    public init(first: Duration, limit: Duration) {
        self.first = first
        self.limit = limit
    }

    /// The waiting time after so many tries (at least one).
    public func delay(afterTries tries: Int) -> Duration {
        min(first * (1 << min(max(tries - 1, 0), 30)), limit)
    }
}

/// The days after which a refused automatic payment is tried again: a step for each try after the first.
public struct RetryLadder: Hashable, Sendable {
    /// The days between tries, in order.
    public let days: [Int]

    /// Days between tries, in order.
    public init(days: [Int]) { self.days = days }

    /// 2, 5, 7 and 7 days.
    public static let standard = RetryLadder(days: [2, 5, 7, 7])

    /// The days from a refusal at a step to the next step; nil when there is none.
    public func daysUntilNextTry(afterStep step: Int) -> Int? {
        days.indices.contains(step) ? days[step] : nil
    }
}
