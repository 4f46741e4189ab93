import Primitives
import SchedulerDomain
import Testing

/// A date written as text.
func day(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> CivilDate {
    try #require(CivilDate(text), sourceLocation: location)
}

/// A time written as text.
func clock(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> CivilTime {
    try #require(CivilTime(text), sourceLocation: location)
}

/// A moment written as text.
func moment(_ text: String, _ location: SourceLocation = #_sourceLocation) throws -> Instant {
    try #require(Instant(rfc3339: text), sourceLocation: location)
}

/// A series in a zone.
func timetable(
    _ first: String, at time: String = "09:00", every: Int, _ unit: RecurrenceUnit, anchorDay: Int? = nil,
    until: String? = nil, count: Int? = nil, in zone: String = "UTC"
) throws -> Timetable {
    let fields = RuleFields(
        date: try day(first), time: try clock(time), every: every, unit: unit, anchorDay: anchorDay,
        until: try until.map { try day($0) }, count: count)
    return Timetable(rule: try ScheduleRule(fields), zone: try #require(Zone(zone)))
}

extension Timetable {
    /// The days of the first occurrences, as text.
    func days(_ limit: Int) -> [String] {
        (0..<limit).map { occurrence(at: $0) }.prefix { $0 != nil }.compactMap { $0?.date.description }
    }
}
