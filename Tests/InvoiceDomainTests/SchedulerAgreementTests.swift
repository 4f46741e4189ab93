import Primitives
import Testing

import struct SchedulerDomain.RuleFields
import enum SchedulerDomain.ScheduleRule
import struct SchedulerDomain.Timetable

@Suite("The scheduler counts the days of a series in the same way", .timeLimit(.minutes(10)))
struct SchedulerAgreementTests {
    /// What the scheduler makes of the rest of a series that begins at one of its days.
    private static func timetable(
        _ rule: RecurrenceRule, from position: Int
    ) throws -> Timetable? {
        guard let date = rule.date(at: position) else { return nil }
        let fields = RuleFields(
            date: date, time: rule.time, every: rule.every, unit: .init(rawValue: rule.unit.rawValue),
            anchorDay: rule.unit.hasAnchorDay ? rule.anchorDay : nil, until: rule.until,
            count: rule.count.map { $0 - position })
        return Timetable(rule: try ScheduleRule(fields), zone: rule.zone)
    }

    @Test(
        "from whichever day it begins anew, the days and moments that follow are the same",
        arguments: RecurrenceUnit.allCases, [1, 2, 3, 13])
    func restarts(unit: RecurrenceUnit, every: Int) throws {
        let zone = try #require(Zone("Europe/Berlin"))
        let first = try #require(CivilDate("2028-01-01")).daysSince1970
        var wrong: [String] = []
        for day in first..<(first + 366) {
            let start = CivilDate(daysSince1970: day)
            for anchorDay in unit.hasAnchorDay ? [nil, 31] : [nil] {
                let rule = try RecurrenceRule(
                    start: start, time: .chargeTime, zone: zone, every: every, unit: unit,
                    anchorDay: anchorDay, until: start.adding(days: 1_000), count: 6)
                for restart in 0...6 {
                    let timetable = try Self.timetable(rule, from: restart)
                    for offset in 0...(7 - restart) {
                        let occurrence = timetable?.occurrence(at: offset)
                        let date = rule.date(at: restart + offset)
                        if occurrence?.date != date || occurrence?.dueAt != date.map(rule.moment) {
                            wrong.append("\(start) \(restart) \(offset)")
                        }
                    }
                }
            }
        }
        #expect(wrong == [])
    }
}
