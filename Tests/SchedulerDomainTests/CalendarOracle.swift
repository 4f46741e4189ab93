import Primitives
import SchedulerDomain

/// A calendar that shares no code with the one under test: it walks from day to day.
struct CalendarOracle {
    var year: Int
    var month: Int
    var day: Int

    init(_ date: CivilDate) { (year, month, day) = (date.year, date.month, date.day) }

    private static let lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

    var lengthOfMonth: Int {
        let isLeap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0
        return month == 2 && isLeap ? 29 : Self.lengths[month - 1]
    }

    mutating func advance() {
        day += 1
        guard day > lengthOfMonth else { return }
        day = 1
        month += 1
        guard month > 12 else { return }
        month = 1
        year += 1
    }

    var text: String {
        func padded(_ number: Int, _ width: Int) -> String {
            String(repeating: "0", count: width - String(number).count) + String(number)
        }
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
    }

    /// The days of a series, found by asking of each day in turn whether it belongs to it.
    static func series(
        first: CivilDate, every: Int, unit: RecurrenceUnit, anchorDay: Int, until: CivilDate?, count: Int?,
        dayLimit: Int
    ) -> [String] {
        var walker = CalendarOracle(first)
        var found: [String] = []
        for daysWalked in 0..<dayLimit {
            if let count, found.count == count { break }
            if let until, walker.text > CalendarOracle(until).text { break }
            let monthsWalked = (walker.year - first.year) * 12 + walker.month - first.month
            let isAnchor = walker.day == min(anchorDay, walker.lengthOfMonth)
            let belongs =
                switch unit {
                case .day: daysWalked % every == 0
                case .week: daysWalked % (7 * every) == 0
                case .month: daysWalked == 0 || (monthsWalked > 0 && monthsWalked % every == 0 && isAnchor)
                case .year:
                    daysWalked == 0 || (monthsWalked > 0 && monthsWalked % (12 * every) == 0 && isAnchor)
                }
            if belongs { found.append(walker.text) }
            walker.advance()
        }
        return found
    }
}

/// The clock rules of a few zones, written down again from the law instead of the zone database.
enum ZoneOracle: String, CaseIterable, Sendable {
    case berlin = "Europe/Berlin"
    case newYork = "America/New_York"
    case kolkata = "Asia/Kolkata"
    case utc = "UTC"

    /// Minutes that local clocks are ahead, at a minute since 1970.
    private func offset(at minute: Int) -> Int {
        switch self {
        case .utc: return 0
        case .kolkata: return 330
        case .berlin:
            let year = Self.year(of: minute)
            let summer = Self.sunday(.last, month: 3, year)..<Self.sunday(.last, month: 10, year)
            return summer.contains(minute - 60) ? 120 : 60
        case .newYork:
            // From 02:00 standard time on the second Sunday of March to 02:00 summer time on the first of November.
            let year = Self.year(of: minute - 300)
            let begin = Self.sunday(.nth(2), month: 3, year) + 2 * 60 + 300
            let end = Self.sunday(.nth(1), month: 11, year) + 2 * 60 + 240
            return (begin..<end).contains(minute) ? -240 : -300
        }
    }

    /// What local clocks can be ahead by: in winter, then in summer.
    private var offsets: [Int] {
        switch self {
        case .utc: [0]
        case .kolkata: [330]
        case .berlin: [60, 120]
        case .newYork: [-300, -240]
        }
    }

    /// The moment, in minutes since 1970, at which clocks first show a local time; a skipped one moves by the gap.
    func moment(_ date: CivilDate, _ time: CivilTime) -> Int {
        let local = Self.days(date.year, date.month, date.day) * 1_440 + time.hour * 60 + time.minute
        let showing = offsets.map { local - $0 }.filter { $0 + offset(at: $0) == local }
        // Clocks skip an hour only at the end of winter, so the gap is counted from winter time.
        return showing.min() ?? local - offsets[0]
    }

    private enum Which {
        case last
        case nth(Int)
    }

    /// Midnight of a Sunday, in minutes since 1970.
    private static func sunday(_ which: Which, month: Int, _ year: Int) -> Int {
        let sundays = (1...31).filter { day in
            // 1 January 1970 was a Thursday.
            (days(year, month, day) + 4) % 7 == 0
        }
        switch which {
        case .last: return days(year, month, sundays.last ?? 1) * 1_440
        case .nth(let number): return days(year, month, sundays[number - 1]) * 1_440
        }
    }

    private static func year(of minute: Int) -> Int {
        var year = 1970
        while days(year + 1, 1, 1) * 1_440 <= minute { year += 1 }
        return year
    }

    /// Days since 1970, by adding up years and months.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        func isLeap(_ year: Int) -> Bool { (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 }
        var days = day - 1
        for earlier in 1970..<year { days += isLeap(earlier) ? 366 : 365 }
        let lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
        for earlier in 1..<month { days += lengths[earlier - 1] }
        return days
    }
}
