import Primitives
import Testing

@Suite("Dates, times and zones")
struct TimeTests {
    @Test("every day of 400 years is counted, named and numbered without a gap")
    func days() throws {
        var date = try #require(CivilDate(year: 1900, month: 1, day: 1))
        var weekday = 1
        for days in date.daysSince1970..<date.daysSince1970 + 146_097 {
            #expect(date.daysSince1970 == days && date.weekday == weekday)
            #expect(CivilDate(date.description) == date)
            date = date.adding(days: 1)
            weekday = weekday % 7 + 1
        }
        #expect(date == CivilDate(year: 2300, month: 1, day: 1))
    }

    @Test("months count from the anchor and do not drift")
    func months() throws {
        let start = try #require(CivilDate("2026-01-31"))
        let dates = (0...13).map { start.adding(months: $0, anchorDay: 31).description }
        #expect(
            dates[1] == "2026-02-28" && dates[2] == "2026-03-31" && dates[3] == "2026-04-30"
                && dates[13] == "2027-02-28")
        #expect(start.adding(months: 25, anchorDay: 30).description == "2028-02-29")
        #expect(start.adding(months: -11, anchorDay: 31).description == "2025-02-28")
    }

    @Test(
        "dates that do not exist are refused",
        arguments: [
            "2026-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "26-04-30", "2026-4-3", "2026-04-30x", "",
        ])
    func impossible(text: String) { #expect(CivilDate(text) == nil) }

    @Test(
        "RFC 3339 is read with any offset and written in UTC",
        arguments: [
            ("2026-03-31T07:00:00Z", "2026-03-31T07:00:00.000Z"),
            ("2026-03-31T09:00:00.5+02:00", "2026-03-31T07:00:00.500Z"),
            ("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z"),
            ("2026-01-01t00:00:00.123456789z", "2026-01-01T00:00:00.123456Z"),
        ])
    func instants(text: String, expected: String) throws {
        let instant = try #require(Instant(rfc3339: text))
        #expect(instant.rfc3339 == expected)
        #expect(Instant(rfc3339: expected) == instant)
    }

    @Test(
        "what is no time is refused",
        arguments: [
            "2026-03-31", "2026-03-31T24:00:00Z", "2026-03-31T07:00:00", "2026-03-31T07:60:00Z",
            "2026-03-31T07:00:00.Z", "now",
        ])
    func noInstant(text: String) { #expect(Instant(rfc3339: text) == nil) }

    // A skipped time moves forward by the gap, a repeated one is the first; Samoa had no 30 December 2011.
    @Test(
        "local times at clock changes follow the rule",
        arguments: [
            ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:30:00.000Z"),
            ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30:00.000Z"),
            ("Europe/Berlin", "2026-07-01", "09:00", "2026-07-01T07:00:00.000Z"),
            ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30:00.000Z"),
            ("America/New_York", "2026-03-08", "02:15", "2026-03-08T07:15:00.000Z"),
            ("Pacific/Apia", "2011-12-30", "09:00", "2011-12-30T19:00:00.000Z"),
            ("Asia/Kathmandu", "2026-01-01", "00:00", "2025-12-31T18:15:00.000Z"),
            ("UTC", "2026-01-01", "00:00", "2026-01-01T00:00:00.000Z"),
        ])
    func zones(name: String, date: String, time: String, expected: String) throws {
        let zone = try #require(Zone(name))
        let instant = zone.instant(of: try #require(CivilDate(date)), at: try #require(CivilTime(time)))
        #expect(instant.rfc3339 == expected)
        if name != "Pacific/Apia" { #expect(zone.date(at: instant).description == date) }
    }

    @Test(
        "only names of the database are zones",
        arguments: ["", "Mars/Olympus", "CEST", "+02:00", "Europe/Berlin\u{0}"])
    func noZone(name: String) { #expect(Zone(name) == nil) }

    @Test("a manual clock stands until it is moved")
    func manualClock() {
        let clock = ManualClock(Instant(seconds: 0))
        clock.advance(by: .seconds(90))
        #expect(clock.now() == Instant(seconds: 90))
        clock.set(Instant(seconds: 5))
        #expect(clock.now() == Instant(seconds: 5))
    }
}
