import Primitives
import Testing

@Suite("On which days a series falls", .timeLimit(.minutes(10))) struct RecurrenceRuleTests {
    /// The day by trying: from the anchor day down until the calendar has it.
    private static func byTrying(
        _ start: CivilDate, months: Int, anchorDay: Int
    ) throws -> CivilDate {
        let month = start.year * 12 + start.month - 1 + months
        for day in stride(from: anchorDay, to: 0, by: -1) {
            if let date = CivilDate(year: month / 12, month: month % 12 + 1, day: day) { return date }
        }
        throw InvalidFields(field: "", code: "", message: "no such month")
    }

    private static func rule(
        _ start: String, _ every: Int, _ unit: RecurrenceUnit, anchorDay: Int? = nil,
        until: String? = nil, count: Int? = nil, zone: String = "UTC", time: String = "09:00"
    ) throws -> RecurrenceRule {
        try RecurrenceRule(
            start: try #require(CivilDate(start)), time: try #require(CivilTime(time)),
            zone: try #require(Zone(zone)), every: every, unit: unit, anchorDay: anchorDay,
            until: until.flatMap { CivilDate($0) }, count: count)
    }

    @Test(
        "a month that is too short has its last day, and the next one its own again",
        arguments: [1, 2, 3, 5, 6, 11, 12, 13, 48])
    func months(every: Int) throws {
        // Each day of a leap year and of the years around it: with itself and with each later anchor day.
        let first = try #require(CivilDate("2027-01-01")).daysSince1970
        var wrong: [String] = []
        for day in first..<(first + 3 * 365 + 1) {
            let start = CivilDate(daysSince1970: day)
            for anchorDay in [start.day, 29, 30, 31] where anchorDay >= start.day {
                let rule = try RecurrenceRule(
                    start: start, time: .chargeTime, zone: .utc, every: every, unit: .month,
                    anchorDay: anchorDay)
                if rule.date(at: 0) != start { wrong.append("\(start)") }
                for position in 1...14 {
                    let expected = try Self.byTrying(start, months: position * every, anchorDay: anchorDay)
                    if rule.date(at: position) != expected { wrong.append("\(start) \(position)") }
                }
            }
        }
        #expect(wrong == [])
    }

    @Test(
        "named series",
        arguments: [
            ("2027-01-31", 1, RecurrenceUnit.month, "2027-01-31 2027-02-28 2027-03-31 2027-04-30 2027-05-31"),
            ("2028-01-30", 1, .month, "2028-01-30 2028-02-29 2028-03-30 2028-04-30 2028-05-30"),
            ("2028-02-29", 1, .year, "2028-02-29 2029-02-28 2030-02-28 2031-02-28 2032-02-29"),
            ("2096-02-29", 4, .year, "2096-02-29 2100-02-28 2104-02-29 2108-02-29 2112-02-29"),
            ("2027-12-31", 2, .month, "2027-12-31 2028-02-29 2028-04-30 2028-06-30 2028-08-31"),
            ("2027-02-24", 2, .day, "2027-02-24 2027-02-26 2027-02-28 2027-03-02 2027-03-04"),
            ("2028-02-15", 2, .week, "2028-02-15 2028-02-29 2028-03-14 2028-03-28 2028-04-11"),
        ])
    func named(start: String, every: Int, unit: RecurrenceUnit, expected: String) throws {
        let rule = try Self.rule(start, every, unit)
        let dates = (0..<5).compactMap { rule.date(at: $0)?.description }
        #expect(dates.joined(separator: " ") == expected)
    }

    @Test("days and weeks are counted by the day, over four hundred years of leap days")
    func days() throws {
        for (unit, length) in [(RecurrenceUnit.day, 1), (.week, 7)] {
            for every in [1, 2, 30, 365, 1_000] {
                let rule = try Self.rule("2000-02-29", every, unit)
                for position in 0..<400 {
                    let date = try #require(rule.date(at: position))
                    #expect(date.daysSince1970 - rule.start.daysSince1970 == position * every * length)
                }
            }
        }
    }

    @Test("it ends with its last day, its number of days, and the calendar, whichever comes first")
    func ends() throws {
        let until = try Self.rule("2027-01-31", 1, .month, until: "2027-03-30", count: 9)
        #expect(until.date(at: 1)?.description == "2027-02-28" && until.date(at: 2) == nil)
        let count = try Self.rule("2027-01-31", 1, .month, until: "2029-01-01", count: 2)
        #expect(count.date(at: 1) != nil && count.date(at: 2) == nil && count.date(at: -1) == nil)
        let last = try Self.rule("9998-02-28", 1, .year)
        #expect(last.date(at: 1)?.description == "9999-02-28" && last.date(at: 2) == nil)
        let days = try Self.rule("9999-12-30", 1, .day)
        #expect(days.date(at: 1)?.description == "9999-12-31" && days.date(at: 2) == nil)
    }

    @Test("a rule that means nothing is refused")
    func refused() throws {
        #expect(throws: RecurrenceViolation.intervalOutOfRange) { try Self.rule("2027-01-01", 0, .day) }
        #expect(throws: RecurrenceViolation.intervalOutOfRange) { try Self.rule("2027-01-01", 1_001, .day) }
        #expect(throws: RecurrenceViolation.anchorDayWithoutMonths) {
            try Self.rule("2027-01-01", 1, .week, anchorDay: 3)
        }
        #expect(throws: RecurrenceViolation.anchorDayOutOfRange) {
            try Self.rule("2027-01-01", 1, .month, anchorDay: 32)
        }
        #expect(throws: RecurrenceViolation.countOutOfRange) {
            try Self.rule("2027-01-01", 1, .month, count: 0)
        }
        #expect(throws: RecurrenceViolation.endsBeforeItBegins) {
            try Self.rule("2027-01-02", 1, .month, until: "2027-01-01")
        }
    }

    @Test(
        "each day has its position, and the days between have none",
        arguments: RecurrenceUnit.allCases, [1, 2, 3, 7])
    func positions(unit: RecurrenceUnit, every: Int) throws {
        var wrong: [String] = []
        for start in ["2027-01-31", "2028-02-29", "2027-12-01", "2028-01-30"] {
            for anchorDay in unit.hasAnchorDay ? [nil, 1, 15, 31] : [nil] {
                let rule = try Self.rule(start, every, unit, anchorDay: anchorDay, count: 40)
                var known: [CivilDate: Int] = [:]
                for position in 0..<40 { known[try #require(rule.date(at: position))] = position }
                let first = rule.start.daysSince1970
                for day in (first - 40)..<(first + 1_500) {
                    let date = CivilDate(daysSince1970: day)
                    if rule.position(of: date) != known[date] { wrong.append("\(rule.start) \(date)") }
                }
            }
        }
        #expect(wrong == [])
    }

    @Test(
        "the first day to come is the one that counting finds, at every hour around clock changes",
        arguments: ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia", "Asia/Kathmandu"])
    func afterNow(zone: String) throws {
        for time in ["00:00", "02:30", "23:59"] {
            for (unit, every) in [(RecurrenceUnit.day, 1), (.week, 2), (.month, 1), (.year, 1)] {
                let rule = try Self.rule("2027-01-31", every, unit, count: 120, zone: zone, time: time)
                let moments = (0..<120).compactMap { rule.date(at: $0).map(rule.moment) }
                let begin = try #require(Instant(rfc3339: "2027-01-29T00:00:00Z"))
                var wrong: [Instant] = []
                for hour in 0..<(24 * 75) {
                    let now = begin + .seconds(Int64(hour) * 3_600)
                    let expected = (1..<120).first { moments[$0] > now }
                    if rule.position(from: 1, after: now) != expected { wrong.append(now) }
                }
                #expect(wrong == [], "\(time) \(unit)")
            }
        }
    }

    @Test("a time that a clock change skips moves on by the gap, one that it repeats means the first")
    func clockChanges() throws {
        let spring = try Self.rule("2027-03-27", 1, .day, zone: "Europe/Berlin", time: "02:30")
        let moments = try (0..<3).map { spring.moment(of: try #require(spring.date(at: $0))).rfc3339 }
        #expect(
            moments.map { String($0.prefix(16)) } == [
                "2027-03-27T01:30", "2027-03-28T01:30", "2027-03-29T00:30",
            ])
        let autumn = try Self.rule("2027-10-31", 1, .day, zone: "Europe/Berlin", time: "02:30")
        #expect(autumn.moment(of: autumn.start).rfc3339.hasPrefix("2027-10-31T00:30"))
    }
}
