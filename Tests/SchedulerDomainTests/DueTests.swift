import Primitives
import SchedulerDomain
import Testing

@Suite("What is due") struct DueTests {
    @Test("nothing is due before its moment, and it is due at its very moment") func boundary() throws {
        let once = Timetable(
            rule: try ScheduleRule(RuleFields(date: try day("2026-03-31"))),
            zone: try #require(Zone("Europe/Berlin")))
        let at = try moment("2026-03-31T07:00:00Z")
        let before = once.due(
            from: 0, at: Instant(microseconds: at.microseconds - 1), policy: .all, limit: 24)
        #expect(before.occurrences.isEmpty && before.next?.dueAt == at)
        let then = once.due(from: 0, at: at, policy: .all, limit: 24)
        #expect(then.occurrences.map(\.date.description) == ["2026-03-31"])
        #expect(then.next == nil)
        let after = once.due(from: 1, at: at, policy: .all, limit: 24)
        #expect(after.occurrences.isEmpty && after.next == nil)
    }

    @Test("after a time without a scheduler each missed day is made up, oldest first, in portions") func all()
        throws
    {
        let daily = try timetable("2026-01-01", every: 1, .day)
        let now = try moment("2026-02-09T12:00:00Z")
        var position = 0
        var days: [String] = []
        var portions: [Int] = []
        while true {
            let due = daily.due(from: position, at: now, policy: .all, limit: 24)
            guard !due.occurrences.isEmpty else { break }
            days += due.occurrences.map(\.date.description)
            portions.append(due.occurrences.count)
            position = try #require(due.next).position
        }
        #expect(portions == [24, 16])
        #expect(days == daily.days(40))
        #expect(daily.occurrence(at: position)?.date.description == "2026-02-10")
    }

    @Test("or only the last one, found among many") func latest() throws {
        for (every, unit) in [(1, RecurrenceUnit.day), (3, .day), (1, .week), (1, .month), (1, .year)] {
            let series = try timetable("2001-01-31", every: every, unit)
            for text in [
                "2001-01-31T09:00:00Z", "2001-03-31T09:00:00Z", "2026-02-28T08:59:59Z",
                "2026-02-28T09:00:00Z",
            ] {
                let now = try moment(text)
                let due = series.due(from: 0, at: now, policy: .latest, limit: 1)
                // Counted one by one.
                var expected = 0
                while let next = series.occurrence(at: expected + 1), next.dueAt <= now { expected += 1 }
                #expect(due.occurrences.map(\.position) == [expected])
                #expect(due.next?.position == expected + 1)
            }
        }
    }

    @Test("the last occurrence of a finished series is found, and nothing follows") func latestAtTheEnd()
        throws
    {
        for count in 1...40 {
            let series = try timetable("2026-01-01", every: 1, .day, count: count)
            let due = series.due(
                from: 0, at: try moment("2030-01-01T00:00:00Z"), policy: .latest, limit: 1)
            #expect(due.occurrences.map(\.position) == [count - 1])
            #expect(due.next == nil)
        }
    }

    @Test("with one pass a minute no occurrence is lost and none comes twice") func steady() throws {
        let series = try timetable("2026-10-24", at: "02:30", every: 1, .day, count: 4, in: "Europe/Berlin")
        for policy in CatchUpPolicy.allCases {
            var now = try moment("2026-10-23T00:00:00Z")
            var position = 0
            var keys: [String] = []
            for _ in 0..<(6 * 1_440) {
                let due = series.due(from: position, at: now, policy: policy, limit: 24)
                keys += due.occurrences.map(\.date.description)
                position = due.next?.position ?? 4
                now = now + .seconds(60)
            }
            #expect(keys == ["2026-10-24", "2026-10-25", "2026-10-26", "2026-10-27"])
        }
    }
}
