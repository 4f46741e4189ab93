public import Primitives

/// When a timer goes off: once at a moment, once on a local day, or again and again.
public struct ScheduleRule: Codable, Hashable, Sendable {
    /// Once, at this moment.
    public var at: Instant?
    /// Once or first on this day, in the zone.
    public var date: CivilDate?
    /// At this time of the day; 09:00 when absent.
    public var time: CivilTime?
    /// Again after so many units.
    public var every: Int?
    /// What is counted.
    public var unit: ScheduleUnit?
    /// The day of the month; shorter months use their last.
    public var anchorDay: Int?
    /// No occurrence after this day.
    public var until: CivilDate?
    /// No more occurrences than this.
    public var count: Int?

    /// Says it.
    public init(
        at: Instant? = nil, date: CivilDate? = nil, time: CivilTime? = nil, every: Int? = nil,
        unit: ScheduleUnit? = nil, anchorDay: Int? = nil, until: CivilDate? = nil, count: Int? = nil
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

/// What a recurring timer counts.
public enum ScheduleUnit: String, Codable, Hashable, Sendable, CaseIterable {
    /// Days.
    case day
    /// Weeks.
    case week
    /// Months.
    case month
    /// Years.
    case year
}

extension ScheduleUnit {
    /// The same unit of a series.
    public init(_ unit: RecurrenceUnit) {
        self =
            switch unit {
            case .day: .day
            case .week: .week
            case .month: .month
            case .year: .year
            }
    }
}

extension ScheduleRule {
    /// All days of a series.
    public init(_ rule: RecurrenceRule) {
        self.init(
            date: rule.start, time: rule.time, every: rule.every, unit: ScheduleUnit(rule.unit),
            anchorDay: rule.unit.hasAnchorDay ? rule.anchorDay : nil, until: rule.until, count: rule.count)
    }

    /// The rest of a series as a rule of its own: its first day is the next that has not been dealt with.
    public init?(rest series: RecurringSeries) {
        guard let next = series.next else { return nil }
        self.init(series.rule)
        date = next.date
        count = series.rule.count.map { $0 - series.position }
    }
}

/// What happens to occurrences that fell into a time when nobody was there.
public enum CatchUp: String, Codable, Hashable, Sendable, CaseIterable {
    /// Each is made up, the oldest first.
    case all
    /// Only the last is made up.
    case latest
}

/// What a service asks of the scheduler.
public struct ScheduleRequest: Codable, Hashable, Sendable {
    /// The timer.
    public var scheduleID: ScheduleID
    /// Higher ones replace lower ones.
    public var generation: Int64
    /// The organization.
    public var organizationID: OrganizationID
    /// What the requester means by it: `charge`, `reminder`, ….
    public var kind: String
    /// When.
    public var rule: ScheduleRule
    /// Where days begin.
    public var zone: Zone
    /// What happens after downtime.
    public var catchUp: CatchUp
    /// For `charge`: the plan.
    public var planID: ChargePlanID?
    /// For `charge`: the ladder's step.
    public var step: Int?
    /// Given back with each due.
    public var payload: [String: String]?

    /// Says it.
    public init(
        scheduleID: ScheduleID, generation: Int64, organizationID: OrganizationID, kind: String,
        rule: ScheduleRule, zone: Zone, catchUp: CatchUp, planID: ChargePlanID? = nil, step: Int? = nil,
        payload: [String: String]? = nil
    ) {
        self.scheduleID = scheduleID
        self.generation = generation
        self.organizationID = organizationID
        self.kind = kind
        self.rule = rule
        self.zone = zone
        self.catchUp = catchUp
        self.planID = planID
        self.step = step
        self.payload = payload
    }
}
