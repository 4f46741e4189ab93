import Foundation
import Primitives
import SchedulerDomain
import TestKit
import Testing

/// A series that is asked about, here and elsewhere.
private struct Question: Encodable, Sendable {
    var zone: String
    var first: String
    var time: String
    var every: Int
    var unit: String
    var anchor: Int
    var until: String?
    var count: Int?
    /// The walk ends here at the latest.
    var end: String

    func timetable() throws -> Timetable {
        let word = unit
        let unit = try #require(RecurrenceUnit(rawValue: word))
        let hasAnchor = unit == .month || unit == .year
        return try SchedulerDomainTests.timetable(
            first, at: time, every: every, unit, anchorDay: hasAnchor ? anchor : nil, until: until,
            count: count, in: zone)
    }
}

@Suite("Series in zones against Python's calendar", .timeLimit(.minutes(20)))
struct CalendarOracleTests {
    /// Summer time north and south, by half an hour, negative, around a movable feast, none at all; odd offsets.
    private static let zones = [
        "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Santiago",
        "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Chatham", "Africa/Casablanca",
        "Asia/Kathmandu", "Asia/Tokyo", "America/Sao_Paulo", "UTC",
    ]
    /// Times at which some zone changes its clocks, beside plain ones.
    private static let times = [
        "00:00", "00:30", "01:59", "02:00", "02:30", "02:45", "03:00", "09:00", "23:59",
    ]
    /// The day that Samoa skipped lies in the first of these decades.
    private static let decades = [("2009-01-01", "2018-12-31"), ("2016-02-29", "2025-12-31")]

    private static func answers(to questions: [Question]) async throws -> [[Occurrence]] {
        let file = FileManager.default.temporaryDirectory.appending(path: "calendar-\(UUID()).jsonl")
        defer { try? FileManager.default.removeItem(at: file) }
        let encoder = JSONEncoder()
        var lines: [Data] = []
        for question in questions { lines.append(try encoder.encode(question)) }
        try Data(lines.joined(separator: [0x0A])).write(to: file)
        let text = try await ChildProcess.succeed([
            "/usr/bin/python3", Repository.root + "/Tests/Oracles/calendar_days.py", file.path,
        ])
        return try text.split(separator: "\n").map { line in
            try JSONDocument(parsing: Array(line.utf8)).root.elements.enumerated().map { position, pair in
                let (date, seconds) = (pair.elements.first?.string, pair.elements.last?.int64)
                return Occurrence(
                    position: position, date: try day(try #require(date)),
                    dueAt: Instant(seconds: try #require(seconds)))
            }
        }
    }

    /// Holds each series against the answer about it, and what is due at any moment against counting.
    private static func compare(_ questions: [Question], seed: UInt64) async throws -> Int {
        var generator = SeededNumbers(seed: seed)
        let answers = try await answers(to: questions)
        #expect(answers.count == questions.count)
        for (question, expected) in zip(questions, answers) {
            let timetable = try question.timetable()
            let found = expected.indices.map { timetable.occurrence(at: $0) }
            #expect(found == expected.map(Optional.some), "\(question)")
            let next = timetable.occurrence(at: expected.count)
            if expected.count == question.count || question.until.map({ $0 < question.end }) ?? false {
                #expect(next == nil, "\(question)")
            } else if let next {
                #expect(next.date.description > question.end, "\(question)")
            }
            try checkDue(timetable, expected, using: &generator)
        }
        return answers.reduce(0) { $0 + $1.count }
    }

    private static func checkDue(
        _ timetable: Timetable, _ expected: [Occurrence], using generator: inout SeededNumbers
    ) throws {
        guard let chosen = expected.randomElement(using: &generator) else { return }
        let from = Int.random(in: 0...chosen.position, using: &generator)
        for now in [chosen.dueAt - .microseconds(1), chosen.dueAt, chosen.dueAt + .seconds(3_600)] {
            let due = expected[from...].filter { $0.dueAt <= now }
            let all = timetable.due(from: from, at: now, policy: .all, limit: 10_000)
            #expect(all.occurrences == due)
            let latest = timetable.due(from: from, at: now, policy: .latest, limit: 1)
            #expect(latest.occurrences == due.suffix(1))
            #expect(all.next == latest.next)
        }
    }

    @Test("a random sample of rules, zones and times agrees, and so does what is due at any moment")
    func sample() async throws {
        var generator = SeededNumbers(seed: 1_911)
        var questions: [Question] = []
        for _ in 0..<300 {
            let first = CivilDate(daysSince1970: .random(in: 14_245...20_000, using: &generator))
            let unit = try #require(RecurrenceUnit.allCases.randomElement(using: &generator))
            let end = first.adding(days: 1_500)
            let until = first.adding(days: .random(in: 0...1_400, using: &generator))
            questions.append(
                Question(
                    zone: try #require(Self.zones.randomElement(using: &generator)),
                    first: first.description,
                    time: try #require(Self.times.randomElement(using: &generator)),
                    every: .random(in: 1...14, using: &generator), unit: unit.rawValue,
                    anchor: .random(in: 1...31, using: &generator),
                    until: Bool.random(using: &generator) ? until.description : nil,
                    count: Bool.random(using: &generator) ? .random(in: 1...60, using: &generator) : nil,
                    end: end.description))
        }
        #expect(try await Self.compare(questions, seed: 4) > 10_000)
    }

    @Test("every clock change of ten years is met at every hour around it", arguments: zones)
    func clockChanges(zone: String) async throws {
        let questions = Self.decades.flatMap { decade in
            ["00:30", "02:30"].map {
                Question(
                    zone: zone, first: decade.0, time: $0, every: 1, unit: "day", anchor: 1, end: decade.1)
            }
        }
        #expect(try await Self.compare(questions, seed: 5) > 14_000)
    }

    @Test(
        "ten years in every zone, rhythm and anchor, at every time",
        .enabled(if: ProcessInfo.processInfo.environment["DUELY_TEST_SOAK"] == "1"), arguments: zones)
    func tenYears(zone: String) async throws {
        var questions: [Question] = []
        for (decade, time) in Self.decades.flatMap({ decade in Self.times.map { (decade, $0) } }) {
            func ask(_ every: Int, _ unit: String, anchor: Int = 1, first: String? = nil) {
                questions.append(
                    Question(
                        zone: zone, first: first ?? decade.0, time: time, every: every, unit: unit,
                        anchor: anchor, end: decade.1))
            }
            for every in [1, 2, 3, 7, 10] { ask(every, "day") }
            for every in [1, 2, 5] { ask(every, "week") }
            for anchor in [1, 15, 28, 29, 30, 31] {
                for every in [1, 2, 3, 6, 12, 13] { ask(every, "month", anchor: anchor) }
                for every in [1, 2, 4] { ask(every, "year", anchor: anchor, first: "2012-02-29") }
            }
        }
        #expect(try await Self.compare(questions, seed: 6) > 100_000)
    }
}
