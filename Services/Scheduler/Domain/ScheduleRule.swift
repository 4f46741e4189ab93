public import Primitives

/// When a schedule's moments come.
public enum ScheduleRule: Hashable, Sendable {
    /// Once, at a moment.
    case moment(Instant)
    /// Once, on a local day at a local time.
    case day(CivilDate, CivilTime)
    /// Again and again.
    case recurring(Recurrence)

    /// Reads a rule and refuses one that means nothing.
    ///
    /// - Parameter fields: What was asked for.
    /// - Throws: The first contradiction.
    public init(_ fields: RuleFields) throws(RuleViolation) {
        switch (fields.at, fields.date, fields.every, fields.unit) {
        case (nil, nil, _, _): throw .missingStart
        case (.some, .some, _, _): throw .momentAndDay
        case (_, _, .some, nil), (_, _, nil, .some): throw .incompleteRepetition
        case (.some, nil, .some, .some): throw .missingStart
        case (.some(let moment), nil, nil, nil):
            try Self.checkNoLimits(fields)
            guard fields.time == nil else { throw .momentAndDay }
            self = .moment(moment)
        case (nil, .some(let date), nil, nil):
            try Self.checkNoLimits(fields)
            self = .day(date, fields.time ?? .chargeTime)
        case (nil, .some(let date), .some(let every), .some(let unit)):
            self = .recurring(try Recurrence(fields, first: date, every: every, unit: unit))
        }
    }

    private static func checkNoLimits(_ fields: RuleFields) throws(RuleViolation) {
        guard fields.anchorDay == nil, fields.until == nil, fields.count == nil else {
            throw .limitWithoutRepetition
        }
    }
}
