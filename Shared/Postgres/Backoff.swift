/// Growing pauses between attempts to connect, spread so that many clients do not come back at the same moment.
struct Backoff {
    private let first: Duration
    private let limit: Duration
    private var ceiling: Duration

    init(first: Duration, limit: Duration) {
        self.first = first
        self.limit = limit
        ceiling = first
    }

    /// The next pause: between half and all of a ceiling that doubles each time.
    mutating func next() -> Duration {
        let top = ceiling.nanoseconds
        ceiling = min(limit, ceiling * 2)
        return .nanoseconds(Int64.random(in: top / 2...top))
    }

    mutating func reset() { ceiling = first }
}
