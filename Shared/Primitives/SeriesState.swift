/// Where a series of days stands.
public enum SeriesState: String, Sendable, Hashable, CaseIterable {
    /// What is to be done is done on its days.
    case active
    /// Nothing is done until it is resumed.
    case paused
    /// What is to be done next cannot be done as it was asked for; nothing is done until that is put right.
    case needsAttention = "needs_attention"
    /// Its last day has come.
    case finished
    /// It was ended.
    case cancelled

    /// Whether nothing will happen to it any more.
    public var isOver: Bool { self == .finished || self == .cancelled }
}

/// Why something cannot be done to a series.
public enum SeriesViolation: Error, Sendable, Hashable, CaseIterable {
    /// Its last day has come.
    case isFinished
    /// It was ended.
    case isCancelled
    /// It is paused already.
    case isPaused
    /// Only what is paused or needs attention can be resumed.
    case isActive
    /// The series does not fall on this day, or the day has passed.
    case notOneOfItsDays
    /// The day is to be skipped already.
    case isSkipped
    /// More days than that are not kept in mind.
    case tooManySkipped
}

/// What becomes of the days on which nothing was done.
public enum MissedDays: String, Sendable, Hashable, CaseIterable {
    /// Nothing.
    case skip
    /// They are made up at once, the oldest first.
    case makeUp = "make_up"
}
