/// A moment in UTC, in whole microseconds since 1970, the resolution of Postgres.
///
/// Its text is RFC 3339 with milliseconds, or microseconds where there are any, so that a round trip loses nothing.
public struct Instant: Hashable, Sendable {
    /// Microseconds since 1970-01-01T00:00:00Z.
    public let microseconds: Int64

    /// Makes the moment of a count of microseconds.
    public init(microseconds: Int64) { self.microseconds = microseconds }

    /// Makes the moment of a count of whole seconds, as Unix and card networks count.
    public init(seconds: Int64) { self.init(microseconds: seconds * 1_000_000) }

    /// Whole seconds since 1970, rounded down.
    public var seconds: Int64 { microseconds.flooredDivision(by: 1_000_000).quotient }

    /// Reads RFC 3339 with `Z` or a numeric offset and up to nine digits of fraction (those below the microsecond are cut).
    public init?(rfc3339 text: some StringProtocol) {
        var scanner = DigitScanner(text)
        guard let date = scanner.date(), scanner.takeOne(of: "Tt ") != nil,
            let hour = scanner.number(digits: 2), scanner.take(":"), let minute = scanner.number(digits: 2),
            scanner.take(":"), let second = scanner.number(digits: 2),
            hour < 24, minute < 60, second < 61,
            let fraction = scanner.fractionMicroseconds(), let offsetSeconds = scanner.offsetSeconds(),
            scanner.isAtEnd
        else { return nil }
        let seconds = Int64(date.daysSince1970) * 86_400 + Int64(hour * 3600 + minute * 60 + min(second, 59))
        self.init(microseconds: (seconds - Int64(offsetSeconds)) * 1_000_000 + Int64(fraction))
    }

    /// RFC 3339 in UTC: `2026-03-31T07:00:00.000Z`.
    public var rfc3339: String {
        let (days, microsecondOfDay) = microseconds.flooredDivision(by: 86_400_000_000)
        let date = CivilDate(daysSince1970: Int(days))
        let (second, fraction) = microsecondOfDay.quotientAndRemainder(dividingBy: 1_000_000)
        return String(unsafeUninitializedCapacity: 40) { buffer in
            var writer = DigitWriter(buffer)
            writer.date(date)
            writer.byte("T")
            writer.digits(Int(second / 3600), width: 2)
            writer.byte(":")
            writer.digits(Int(second / 60 % 60), width: 2)
            writer.byte(":")
            writer.digits(Int(second % 60), width: 2)
            writer.byte(".")
            if fraction % 1000 == 0 {
                writer.digits(Int(fraction / 1000), width: 3)
            } else {
                writer.digits(Int(fraction), width: 6)
            }
            writer.byte("Z")
            return writer.count
        }
    }

    /// The moment a duration later.
    public static func + (instant: Instant, duration: Duration) -> Instant {
        Instant(microseconds: instant.microseconds + duration.microseconds)
    }

    /// The moment a duration earlier.
    public static func - (instant: Instant, duration: Duration) -> Instant {
        Instant(microseconds: instant.microseconds - duration.microseconds)
    }

    /// The time from the second moment to the first.
    public static func - (later: Instant, earlier: Instant) -> Duration {
        .microseconds(later.microseconds - earlier.microseconds)
    }
}

extension Instant: Comparable {
    /// Orders by time.
    public static func < (left: Instant, right: Instant) -> Bool { left.microseconds < right.microseconds }
}

extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC.
    public var description: String { rfc3339 }
}

extension Instant: Codable {
    /// Reads RFC 3339.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let instant = Instant(rfc3339: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not an RFC 3339 time")
        }
        self = instant
    }

    /// Writes RFC 3339.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rfc3339)
    }
}

extension Duration {
    /// Whole microseconds, rounded towards zero.
    public var microseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    }

    /// Whole milliseconds, rounded towards zero.
    public var milliseconds: Int64 { microseconds / 1000 }

    /// Seconds with their fraction, for metrics.
    public var inSeconds: Double { Double(microseconds) / 1_000_000 }
}

extension Int64 {
    /// Divides rounding towards minus infinity, so that moments before 1970 fall on the right day.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}
