import Primitives
import SchedulerDomain
import Testing

@Suite("Local times") struct ZoneTests {
    @Test("every day of seven years agrees with the written law", arguments: ZoneOracle.allCases)
    func sevenYears(oracle: ZoneOracle) throws {
        for time in [
            "00:00", "00:30", "01:00", "01:30", "02:00", "02:30", "03:00", "03:30", "09:00", "23:59",
        ] {
            let series = try timetable(
                "2024-01-01", at: time, every: 1, .day, count: 2_557, in: oracle.rawValue)
            let local = try clock(time)
            var previous: Instant?
            for position in 0..<2_557 {
                let occurrence = try #require(series.occurrence(at: position))
                let expected = Instant(seconds: Int64(oracle.moment(occurrence.date, local)) * 60)
                #expect(occurrence.dueAt == expected, "\(oracle.rawValue) \(occurrence.date) \(time)")
                if let previous { #expect(previous < occurrence.dueAt) }
                previous = occurrence.dueAt
            }
            #expect(series.occurrence(at: 2_557) == nil)
        }
    }

    @Test("a time in the spring gap moves forward by the gap") func gap() throws {
        let series = try timetable("2026-03-28", at: "02:30", every: 1, .day, in: "Europe/Berlin")
        let moments = try (0..<3).map { try #require(series.occurrence(at: $0)).dueAt.rfc3339 }
        #expect(
            moments == ["2026-03-28T01:30:00.000Z", "2026-03-29T01:30:00.000Z", "2026-03-30T00:30:00.000Z"])
    }

    @Test("a repeated time means the first of the two, and the day happens once") func repetition() throws {
        let series = try timetable("2026-10-24", at: "02:30", every: 1, .day, in: "Europe/Berlin")
        let moments = try (0..<3).map { try #require(series.occurrence(at: $0)).dueAt.rfc3339 }
        #expect(
            moments == ["2026-10-24T00:30:00.000Z", "2026-10-25T00:30:00.000Z", "2026-10-26T01:30:00.000Z"])
        // Between the two 02:30 nothing new becomes due.
        let due = series.due(
            from: 0, at: try moment("2026-10-25T01:45:00Z"), policy: .all, limit: 24)
        #expect(due.occurrences.map(\.position) == [0, 1])
        #expect(due.next?.position == 2)
    }

    @Test("a calendar day that a zone skipped falls on the next, and both keep their own key")
    func skippedDay() throws {
        let series = try timetable("2011-12-29", every: 1, .day, in: "Pacific/Apia")
        let occurrences = try (0..<4).map { try #require(series.occurrence(at: $0)) }
        #expect(
            occurrences.map(\.date.description) == ["2011-12-29", "2011-12-30", "2011-12-31", "2012-01-01"])
        #expect(occurrences[1].dueAt == occurrences[2].dueAt)
        let due = series.due(from: 0, at: occurrences[2].dueAt, policy: .all, limit: 24)
        #expect(due.occurrences.map(\.position) == [0, 1, 2])
        let latest = series.due(from: 0, at: occurrences[2].dueAt, policy: .latest, limit: 24)
        #expect(latest.occurrences.map(\.position) == [2])
    }

    @Test(
        "midnight every day is the first moment of that day, also where the clock change skips it",
        arguments: [
            "America/Santiago", "Asia/Beirut", "Africa/Cairo", "America/Havana", "America/Asuncion",
            "Europe/Berlin", "Pacific/Apia", "UTC",
        ])
    func firstMoments(name: String) throws {
        let series = try timetable("2022-01-01", at: "00:00", every: 1, .day, in: name)
        let zone = try #require(Zone(name))
        for position in 0..<2_000 {
            let occurrence = try #require(series.occurrence(at: position))
            #expect(zone.date(at: occurrence.dueAt) == occurrence.date, "\(name)")
            let before = occurrence.dueAt - .seconds(1)
            #expect(zone.date(at: before) == occurrence.date.adding(days: -1), "\(name)")
        }
    }

    @Test("the day of a moment is the one that local clocks show") func dayOfMoment() throws {
        let at = try moment("2026-03-31T22:30:00Z")
        let rule = try ScheduleRule(RuleFields(at: at))
        let berlin = Timetable(rule: rule, zone: try #require(Zone("Europe/Berlin")))
        #expect(berlin.occurrence(at: 0)?.date.description == "2026-04-01")
        let newYork = Timetable(rule: rule, zone: try #require(Zone("America/New_York")))
        #expect(newYork.occurrence(at: 0)?.date.description == "2026-03-31")
        #expect(newYork.occurrence(at: 0)?.dueAt == at)
        #expect(newYork.occurrence(at: 1) == nil)
    }
}
