/// What a series of days counts.
public enum RecurrenceUnit: String, Sendable, Hashable, CaseIterable {
    /// Days.
    case day
    /// Weeks.
    case week
    /// Months.
    case month
    /// Years.
    case year

    /// Whether a day of the month can be named for it.
    public var hasAnchorDay: Bool { self == .month || self == .year }
}

/// Why a rule means nothing.
public enum RecurrenceViolation: Error, Sendable, Hashable, CaseIterable {
    /// The number of units is not within 1 and 1000.
    case intervalOutOfRange
    /// The day of the month is not within 1 and 31.
    case anchorDayOutOfRange
    /// A day of the month where days or weeks are counted.
    case anchorDayWithoutMonths
    /// The number of days is not within 1 and 10 000.
    case countOutOfRange
    /// The last day lies before the first.
    case endsBeforeItBegins
}

/// On which local days a series falls.
///
/// Each day is computed from the first, so that a short month never shifts those after it. The scheduler, which knows
/// when a day has come, counts in the same way.
public struct RecurrenceRule: Sendable, Hashable {
    /// The first day.
    public let start: CivilDate
    /// The time of the day.
    public let time: CivilTime
    /// Where days begin and clocks change.
    public let zone: Zone
    /// The number of units between two days.
    public let every: Int
    /// The unit.
    public let unit: RecurrenceUnit
    /// For months and years: the day of the month; shorter months use their last.
    public let anchorDay: Int
    /// No day after this one.
    public let until: CivilDate?
    /// No more days than this.
    public let count: Int?

    /// How many units may lie between two days.
    public static let intervals = 1...1_000
    /// How many days a series may be limited to.
    public static let counts = 1...10_000

    /// A rule that means something.
    ///
    /// - Throws: Why it means nothing.
    public init(
        start: CivilDate, time: CivilTime, zone: Zone, every: Int, unit: RecurrenceUnit,
        anchorDay: Int? = nil, until: CivilDate? = nil, count: Int? = nil
    ) throws(RecurrenceViolation) {
        guard Self.intervals.contains(every) else { throw .intervalOutOfRange }
        if let anchorDay {
            guard unit.hasAnchorDay else { throw .anchorDayWithoutMonths }
            guard (1...31).contains(anchorDay) else { throw .anchorDayOutOfRange }
        }
        if let count, !Self.counts.contains(count) { throw .countOutOfRange }
        if let until, until < start { throw .endsBeforeItBegins }
        self.start = start
        self.time = time
        self.zone = zone
        self.every = every
        self.unit = unit
        self.anchorDay = anchorDay ?? start.day
        self.until = until
        self.count = count
    }

    /// The day at a position, counted from 0; nil beyond the end of the series.
    public func date(at position: Int) -> CivilDate? {
        guard position >= 0, position < min(count ?? Self.positionLimit, Self.positionLimit),
            let date = unlimitedDate(at: position)
        else { return nil }
        guard let until else { return date }
        return date <= until ? date : nil
    }

    /// No series of calendar days within the years 1 to 9999 is longer.
    private static let positionLimit = 3_660_000

    /// Only the calendar ends here.
    private func unlimitedDate(at position: Int) -> CivilDate? {
        guard position > 0 else { return start }
        switch unit {
        case .day: return day(plus: position * every)
        case .week: return day(plus: 7 * position * every)
        case .month: return month(plus: position * every)
        case .year: return month(plus: 12 * position * every)
        }
    }

    private func day(plus days: Int) -> CivilDate? {
        let date = start.adding(days: days)
        return date.daysSince1970 - start.daysSince1970 == days ? date : nil
    }

    private func month(plus months: Int) -> CivilDate? {
        guard start.year * 12 + start.month + months <= 9_999 * 12 + 12 else { return nil }
        return start.adding(months: months, anchorDay: anchorDay)
    }

    /// When a day of the series has come.
    public func moment(of date: CivilDate) -> Instant { zone.instant(of: date, at: time) }

    /// The position of a day; nil when the series does not fall on it.
    public func position(of date: CivilDate) -> Int? {
        guard date >= start else { return nil }
        let position = estimate(of: date)
        return self.date(at: position) == date ? position : nil
    }

    /// The first position, at or after another, whose moment has not come yet; nil when there is none.
    public func position(from first: Int, after now: Instant) -> Int? {
        // One less than the estimate: the day may have begun without its hour having come, or the other way round.
        var position = max(first, estimate(of: zone.date(at: now)) - 1)
        while let date = date(at: position) {
            if moment(of: date) > now { return position }
            position += 1
        }
        return nil
    }

    /// The position of a day if the series falls on it, otherwise one close to it.
    private func estimate(of date: CivilDate) -> Int {
        guard date > start else { return 0 }
        let months = (date.year - start.year) * 12 + date.month - start.month
        switch unit {
        case .day: return (date.daysSince1970 - start.daysSince1970) / every
        case .week: return (date.daysSince1970 - start.daysSince1970) / (7 * every)
        case .month: return months / every
        case .year: return months / (12 * every)
        }
    }
}
