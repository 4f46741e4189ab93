public import Primitives

/// A series of local days, each computed from the first, so that a short month never shifts those after it.
public struct Recurrence: Hashable, Sendable {
    /// The first day.
    public let first: CivilDate
    /// The time of the day.
    public let time: CivilTime
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

    static let intervalLimit = 1_000
    static let countLimit = 1_000_000
    /// No series of calendar days within the years 1 to 9999 is longer.
    static let positionLimit = 3_660_000

    init(_ fields: RuleFields, first: CivilDate, every: Int, unit: RecurrenceUnit) throws(RuleViolation) {
        guard (1...Self.intervalLimit).contains(every) else { throw .intervalOutOfRange }
        if let anchorDay = fields.anchorDay {
            guard unit == .month || unit == .year else { throw .anchorDayWithoutMonths }
            guard (1...31).contains(anchorDay) else { throw .anchorDayOutOfRange }
        }
        if let count = fields.count {
            guard (1...Self.countLimit).contains(count) else { throw .countOutOfRange }
        }
        if let until = fields.until, until < first { throw .endsBeforeItBegins }
        self.first = first
        self.every = every
        self.unit = unit
        time = fields.time ?? .chargeTime
        anchorDay = fields.anchorDay ?? first.day
        until = fields.until
        count = fields.count
    }

    /// The day at a position, counted from 0; nil beyond the end of the series.
    public func date(at position: Int) -> CivilDate? {
        guard position >= 0, position < min(count ?? Self.positionLimit, Self.positionLimit) else {
            return nil
        }
        guard let date = unlimitedDate(at: position) else { return nil }
        guard let until else { return date }
        return date <= until ? date : nil
    }

    /// Only the calendar ends here: at the end of the year 9999.
    private func unlimitedDate(at position: Int) -> CivilDate? {
        guard position > 0 else { return first }
        let units = position * every
        switch unit {
        case .day: return Self.day(first, plus: units)
        case .week: return Self.day(first, plus: 7 * units)
        case .month: return month(plus: units)
        case .year: return month(plus: 12 * units)
        }
    }

    private static func day(_ first: CivilDate, plus days: Int) -> CivilDate? {
        let date = first.adding(days: days)
        return date.daysSince1970 - first.daysSince1970 == days ? date : nil
    }

    private func month(plus months: Int) -> CivilDate? {
        guard first.year * 12 + first.month + months <= 9_999 * 12 + 12 else { return nil }
        return first.adding(months: months, anchorDay: anchorDay)
    }
}
