/// Where a series of invoices stands.
public enum SeriesState: String, Sendable, Hashable, CaseIterable {
    /// Its invoices are made on their days.
    case active
    /// Nothing is made until it is resumed.
    case paused
    /// The next invoice cannot be made as it was asked for; nothing is made until that is put right.
    case needsAttention = "needs_attention"
    /// Its last day has come.
    case finished
    /// It was ended by the sender.
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

/// What becomes of the days on which nothing was made.
public enum MissedDays: String, Sendable, Hashable, CaseIterable {
    /// Nothing.
    case skip
    /// Their invoices are made at once, the oldest first.
    case makeUp = "make_up"
}
