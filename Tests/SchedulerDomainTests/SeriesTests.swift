import Primitives
import SchedulerDomain
import TestKit
import Testing

@Suite("Series of days") struct SeriesTests {
    @Test("the last day of a month is kept through short months and leap years") func monthEnds() throws {
        #expect(
            try timetable("2026-01-31", every: 1, .month).days(5)
                == ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"])
        #expect(
            try timetable("2024-01-30", every: 1, .month).days(3) == [
                "2024-01-30", "2024-02-29", "2024-03-30",
            ])
    }

    @Test("a series that begins in a short month returns to its anchor day") func anchors() throws {
        #expect(
            try timetable("2026-02-28", every: 1, .month, anchorDay: 31).days(3)
                == ["2026-02-28", "2026-03-31", "2026-04-30"])
    }

    @Test("29 February comes on the 28th in common years and again on the 29th") func leapDay() throws {
        #expect(
            try timetable("2024-02-29", every: 1, .year).days(5)
                == ["2024-02-29", "2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"])
        #expect(
            try timetable("2096-02-29", every: 4, .year).days(3) == [
                "2096-02-29", "2100-02-28", "2104-02-29",
            ])
    }

    @Test("last day and number of occurrences end a series, whichever comes first") func limits() throws {
        #expect(try timetable("2026-01-01", every: 1, .week, until: "2026-01-15").days(9).count == 3)
        #expect(try timetable("2026-01-01", every: 1, .week, until: "2026-01-14").days(9).count == 2)
        #expect(try timetable("2026-01-01", every: 1, .week, count: 4).days(9).count == 4)
        #expect(
            try timetable("2026-01-01", every: 1, .week, until: "2026-12-31", count: 2).days(9).count == 2)
        #expect(try timetable("2026-01-01", every: 1, .day, until: "2026-01-01").days(9) == ["2026-01-01"])
    }

    @Test("the calendar ends a series in the year 9999", arguments: RecurrenceUnit.allCases)
    func endOfCalendar(unit: RecurrenceUnit) throws {
        let series = try timetable("9998-12-31", every: 1, unit)
        let days = series.days(1_000)
        #expect(days == days.sorted())
        #expect(Set(days).count == days.count)
        #expect(days.count == [.day: 366, .week: 53, .month: 13, .year: 2][unit])
        #expect(series.occurrence(at: .max) == nil)
        #expect(series.occurrence(at: -1) == nil)
    }

    @Test("every anchor day and interval agrees with walking through the calendar", arguments: 1...31)
    func anchorsExhaustively(anchorDay: Int) throws {
        for every in 1...13 {
            for start in ["2023-11-30", "2024-01-31", "2024-02-29", "2099-12-01"] {
                try compare(start, every, .month, anchorDay: anchorDay, dayLimit: 3_000)
            }
        }
        for every in 1...4 {
            for start in ["2024-02-29", "2023-02-28", "2095-03-31"] {
                try compare(start, every, .year, anchorDay: anchorDay, dayLimit: 12_000)
            }
        }
    }

    @Test(
        "days and weeks agree with walking through the calendar", arguments: [1, 2, 3, 7, 10, 30, 365, 1_000])
    func daysAndWeeks(every: Int) throws {
        for start in ["2024-02-28", "2023-12-31", "2099-02-28"] {
            try compare(start, every, .day, anchorDay: nil, dayLimit: 9_000)
            try compare(start, every, .week, anchorDay: nil, dayLimit: 9_000)
        }
    }

    @Test("two thousand random rules agree with walking through the calendar", arguments: 0..<20)
    func randomRules(seed: Int) throws {
        var generator = SeededNumbers(seed: UInt64(seed))
        for _ in 0..<100 {
            let first = CivilDate(daysSince1970: .random(in: 0...60_000, using: &generator))
            let unit = try #require(RecurrenceUnit.allCases.randomElement(using: &generator))
            let hasAnchor = (unit == .month || unit == .year) && Bool.random(using: &generator)
            let until =
                Bool.random(using: &generator)
                ? first.adding(days: .random(in: 0...2_000, using: &generator)) : nil
            try compare(
                first.description, .random(in: 1...15, using: &generator), unit,
                anchorDay: hasAnchor ? .random(in: 1...31, using: &generator) : nil,
                until: until?.description,
                count: Bool.random(using: &generator) ? .random(in: 1...40, using: &generator) : nil,
                dayLimit: 2_500)
        }
    }

    private func compare(
        _ first: String, _ every: Int, _ unit: RecurrenceUnit, anchorDay: Int?, until: String? = nil,
        count: Int? = nil, dayLimit: Int, _ location: SourceLocation = #_sourceLocation
    ) throws {
        let start = try day(first)
        let expected = CalendarOracle.series(
            first: start, every: every, unit: unit, anchorDay: anchorDay ?? start.day,
            until: try until.map { try day($0) }, count: count, dayLimit: dayLimit)
        let series = try timetable(
            first, every: every, unit, anchorDay: anchorDay, until: until, count: count)
        #expect(
            series.days(expected.count) == expected, "\(first) every \(every) \(unit) on \(anchorDay ?? 0)",
            sourceLocation: location)
        // Where the walk ended by the rule and not by its own limit, the series must end too.
        let endsByRule =
            count == expected.count || (until.map { $0 < CalendarOracle.limit(start, dayLimit) } ?? false)
        if endsByRule { #expect(series.occurrence(at: expected.count) == nil, sourceLocation: location) }
    }
}

extension CalendarOracle {
    /// The day at which a walk of so many days stops.
    static func limit(_ first: CivilDate, _ days: Int) -> String {
        var walker = CalendarOracle(first)
        for _ in 0..<days { walker.advance() }
        return walker.text
    }
}
