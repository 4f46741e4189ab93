public import Primitives

/// How often a price is due.
public struct BillingInterval: Sendable, Hashable {
    /// What is counted.
    public enum Unit: String, Sendable, Hashable, CaseIterable {
        /// Days.
        case day
        /// Weeks.
        case week
        /// Months.
        case month
        /// Years.
        case year
    }

    /// What is counted.
    public let unit: Unit
    /// How many of them; above zero.
    public let count: Int

    /// An interval; nil for a count that is not within 1 and 366.
    public init?(_ count: Int, _ unit: Unit) {
        guard (1...366).contains(count) else { return nil }
        self.unit = unit
        self.count = count
    }
}

/// A stretch of time: its start belongs to it, its end belongs to the next.
public struct Period: Sendable, Hashable {
    /// The first moment.
    public let start: Instant
    /// The first moment after it.
    public let end: Instant

    /// A period.
    public init(start: Instant, end: Instant) {
        self.start = start
        self.end = end
    }

    /// How long it is.
    public var seconds: Int64 { end.seconds - start.seconds }
}

/// The moments at which the periods of a subscription meet, in both directions from one of them, the anchor.
///
/// Each is computed from the anchor: the same time of the day where the organization is, on the same day of the month
/// or the last of a shorter one. So periods neither drift nor leave a gap, whatever clocks do in between.
public struct BillingCycle: Sendable, Hashable {
    /// One of the moments, to the second.
    public let anchor: Instant
    /// How far they are apart.
    public let interval: BillingInterval
    /// Where days begin.
    public let zone: Zone

    private let date: CivilDate
    private let time: CivilTime
    private let seconds: Int64

    /// The moments around an anchor.
    public init(anchor: Instant, interval: BillingInterval, zone: Zone) {
        self.anchor = Instant(seconds: anchor.seconds)
        self.interval = interval
        self.zone = zone
        date = zone.date(at: anchor)
        (time, seconds) = zone.time(at: anchor)
    }

    /// The moment so many intervals after the anchor, or before it.
    public func boundary(_ index: Int) -> Instant {
        guard index != 0 else { return anchor }
        let steps = index * interval.count
        let day =
            switch interval.unit {
            case .day: date.adding(days: steps)
            case .week: date.adding(days: 7 * steps)
            case .month: date.adding(months: steps, anchorDay: date.day)
            case .year: date.adding(months: 12 * steps, anchorDay: date.day)
            }
        return zone.instant(of: day, at: time) + .seconds(seconds)
    }

    /// The whole period in which a moment lies.
    public func period(at moment: Instant) -> Period {
        let days = zone.date(at: moment).daysSince1970 - date.daysSince1970
        var index = Int((Double(days) / (Double(interval.count) * interval.unit.days)).rounded(.down))
        // The estimate is off by one or two at most; these loops end because the moments rise without bound.
        while boundary(index) > moment { index -= 1 }
        while boundary(index + 1) <= moment { index += 1 }
        return Period(start: boundary(index), end: boundary(index + 1))
    }
}

extension BillingInterval.Unit {
    /// About how many days, for a first guess.
    fileprivate var days: Double {
        switch self {
        case .day: 1
        case .week: 7
        case .month: 30.436875
        case .year: 365.2425
        }
    }
}
