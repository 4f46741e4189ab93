/// A day of the proleptic Gregorian calendar, years 1 to 9999, with no zone and no time.
///
/// Its arithmetic is its own: a month after 31 January is the last day of February, and the month after that is
/// computed from the anchor day again, so that dates never drift.
public struct CivilDate: Hashable, Sendable {
    /// 1…9999.
    public let year: Int
    /// 1…12.
    public let month: Int
    /// 1…31.
    public let day: Int

    /// A date that exists; nil otherwise (there is no 30 February).
    public init?(year: Int, month: Int, day: Int) {
        guard (1...9999).contains(year), (1...12).contains(month), day >= 1,
            day <= CivilDate.daysIn(month: month, year: year)
        else { return nil }
        self.init(unchecked: year, month, day)
    }

    private init(unchecked year: Int, _ month: Int, _ day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Reads `2026-03-31`.
    public init?(_ text: some StringProtocol) {
        var scanner = DigitScanner(text)
        guard let date = scanner.date(), scanner.isAtEnd else { return nil }
        self = date
    }

    /// The date that lies so many days after 1970-01-01, held to years 1 to 9999.
    public init(daysSince1970 days: Int) {
        // Days are counted from 1 March of year 0, so that the leap day ends a year (Hinnant, chrono-compatible dates).
        let shifted = min(max(days, -719_162), 2_932_896) + 719_468
        let era = shifted / 146_097
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        self.init(
            unchecked: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
            dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    /// Days since 1970-01-01, negative before.
    public var daysSince1970: Int {
        let shiftedYear = month <= 2 ? year - 1 : year
        let era = shiftedYear / 400
        let yearOfEra = shiftedYear - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    /// 1 for Monday to 7 for Sunday (ISO 8601).
    public var weekday: Int { (daysSince1970 + 719_162) % 7 + 1 }

    /// Whether this is the last day of its month.
    public var isLastOfMonth: Bool { day == CivilDate.daysIn(month: month, year: year) }

    /// The date so many days later, or earlier when negative.
    public func adding(days: Int) -> CivilDate { CivilDate(daysSince1970: daysSince1970 + days) }

    /// The date so many months later, on the anchor day or the last day of a month that is too short for it.
    public func adding(months: Int, anchorDay: Int) -> CivilDate {
        let index = min(max(year * 12 + month - 1 + months, 12), 9999 * 12 + 11)
        let (year, month) = (index / 12, index % 12 + 1)
        return CivilDate(
            unchecked: year, month, min(max(anchorDay, 1), CivilDate.daysIn(month: month, year: year)))
    }

    /// 28 to 31.
    public static func daysIn(month: Int, year: Int) -> Int {
        switch month {
        case 2: isLeap(year) ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Whether the year has a 29 February.
    public static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
}

extension CivilDate: Comparable {
    /// Orders by day.
    public static func < (left: CivilDate, right: CivilDate) -> Bool {
        (left.year, left.month, left.day) < (right.year, right.month, right.day)
    }
}

extension CivilDate: CustomStringConvertible {
    /// `2026-03-31`.
    public var description: String {
        String(unsafeUninitializedCapacity: 10) { buffer in
            var writer = DigitWriter(buffer)
            writer.date(self)
            return writer.count
        }
    }
}

extension CivilDate: Codable {
    /// Reads `2026-03-31`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let date = CivilDate(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a date")
        }
        self = date
    }

    /// Writes `2026-03-31`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
