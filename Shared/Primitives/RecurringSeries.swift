/// How far a series of days has come, and what can be done to it: invoices of a sender, payments of a client.
public struct RecurringSeries: Sendable, Hashable {
    /// One day of a series.
    public struct Occurrence: Sendable, Hashable {
        /// The local day.
        public let date: CivilDate
        /// Whether nothing is to be done on it.
        public let isSkipped: Bool
    }

    /// Where it stands.
    public private(set) var state: SeriesState
    /// On which days it falls.
    public private(set) var rule: RecurrenceRule
    /// The position of the first day that is still to come, or was missed.
    public private(set) var position: Int
    /// Days to come on which nothing is to be done.
    public private(set) var skipped: Set<CivilDate>
    /// Rises with every change that the scheduler has to know; what was timed for an older one means nothing.
    public private(set) var generation: Int64

    /// How many days to come can be named to be skipped.
    public static let skippedMaximum = 100

    /// A series as it is stored.
    public init(
        state: SeriesState, rule: RecurrenceRule, position: Int, skipped: Set<CivilDate>, generation: Int64
    ) {
        self.state = state
        self.rule = rule
        self.position = position
        self.skipped = skipped
        self.generation = generation
    }

    /// A new series that begins with the first day of its rule.
    public init(rule: RecurrenceRule) {
        self.init(state: .active, rule: rule, position: 0, skipped: [], generation: 1)
    }

    /// A new series whose first day has been dealt with already; days before now are not made up.
    public init(rule: RecurrenceRule, followingFirstAfter now: Instant) {
        self.init(rule: rule)
        moveOn(to: rule.position(from: 1, after: now))
    }

    /// The day that comes next, or was missed; nil at the end.
    public var next: Occurrence? {
        rule.date(at: position).map { Occurrence(date: $0, isSkipped: skipped.contains($0)) }
    }

    /// The days on which something will be done next.
    public func upcoming(limit: Int) -> [CivilDate] {
        guard !state.isOver else { return [] }
        var dates: [CivilDate] = []
        var position = position
        while dates.count < limit, let date = rule.date(at: position) {
            if !skipped.contains(date) { dates.append(date) }
            position += 1
        }
        return dates
    }

    /// Whether a timer of this generation still means something.
    public func accepts(generation: Int64) -> Bool {
        state == .active && generation == self.generation
    }

    /// The next day has been dealt with.
    public mutating func pass() {
        if let date = rule.date(at: position) { skipped.remove(date) }
        position += 1
        if rule.date(at: position) == nil { state = .finished }
    }

    /// The scheduler is to begin again at the next day.
    public mutating func restart() { generation += 1 }

    /// What is to be done next cannot be done.
    public mutating func block() {
        state = .needsAttention
        generation += 1
    }

    /// Does nothing until it is resumed.
    public mutating func pause() throws(SeriesViolation) {
        try checkNotOver()
        guard state != .paused else { throw .isPaused }
        state = .paused
        generation += 1
    }

    /// Goes on.
    public mutating func resume(_ missed: MissedDays, at now: Instant) throws(SeriesViolation) {
        try checkNotOver()
        guard state != .active else { throw .isActive }
        state = .active
        generation += 1
        if missed == .skip { moveOn(to: rule.position(from: position, after: now)) }
    }

    /// Does nothing on a day to come: the named one, or else the next that is not skipped yet.
    ///
    /// - Returns: The day.
    @discardableResult
    public mutating func skip(_ named: CivilDate?) throws(SeriesViolation) -> CivilDate {
        try checkNotOver()
        guard let date = named ?? upcoming(limit: 1).first else { throw .notOneOfItsDays }
        guard let position = rule.position(of: date), position >= self.position else {
            throw .notOneOfItsDays
        }
        guard !skipped.contains(date) else { throw .isSkipped }
        guard skipped.count < Self.skippedMaximum else { throw .tooManySkipped }
        skipped.insert(date)
        return date
    }

    /// Ends it.
    public mutating func cancel() throws(SeriesViolation) {
        try checkNotOver()
        state = .cancelled
        generation += 1
    }

    /// Something is different from the next day on; with another rule its first day is the next.
    ///
    /// What needed attention goes on with the day that could not be dealt with.
    public mutating func change(to rule: RecurrenceRule?) throws(SeriesViolation) {
        try checkNotOver()
        if let rule {
            self.rule = rule
            position = 0
            skipped = skipped.filter { rule.position(of: $0) != nil }
        }
        if state == .needsAttention { state = .active }
        generation += 1
    }

    private mutating func moveOn(to position: Int?) {
        guard let position else {
            state = .finished
            skipped = []
            return
        }
        self.position = position
        if let date = rule.date(at: position) { skipped = skipped.filter { $0 >= date } }
    }

    private func checkNotOver() throws(SeriesViolation) {
        switch state {
        case .finished: throw .isFinished
        case .cancelled: throw .isCancelled
        case .active, .paused, .needsAttention: break
        }
    }
}
