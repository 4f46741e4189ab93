public import Primitives

/// A schedule's rule as it is asked for and stored: flat, and not yet known to mean anything.
public struct RuleFields: Hashable, Sendable {
    /// Once, at this moment.
    public var at: Instant?
    /// Once or first on this local day.
    public var date: CivilDate?
    /// At this time of the day.
    public var time: CivilTime?
    /// Again after so many units.
    public var every: Int?
    /// What is counted.
    public var unit: RecurrenceUnit?
    /// The day of the month to return to after a shorter month.
    public var anchorDay: Int?
    /// No occurrence after this day.
    public var until: CivilDate?
    /// No more occurrences than this.
    public var count: Int?

    /// Collects the fields of a rule.
    ///
    /// - Parameters:
    ///   - at: Once, at this moment.
    ///   - date: Once or first on this local day.
    ///   - time: At this time of the day.
    ///   - every: Again after so many units.
    ///   - unit: What is counted.
    ///   - anchorDay: The day of the month to return to after a shorter month.
    ///   - until: No occurrence after this day.
    ///   - count: No more occurrences than this.
    public init(
        at: Instant? = nil, date: CivilDate? = nil, time: CivilTime? = nil, every: Int? = nil,
        unit: RecurrenceUnit? = nil, anchorDay: Int? = nil, until: CivilDate? = nil, count: Int? = nil
    ) {
        self.at = at
        self.date = date
        self.time = time
        self.every = every
        self.unit = unit
        self.anchorDay = anchorDay
        self.until = until
        self.count = count
    }
}
