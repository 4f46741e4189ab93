import Foundation

/// A time zone of the IANA database, such as `Europe/Berlin`.
///
/// Local times that a clock change skips move forward by the gap; local times that it repeats mean the first of the two.
public struct Zone: Hashable, Sendable {
    /// The name in the IANA database.
    public let name: String
    private let zone: TimeZone

    /// A zone that the database knows; nil otherwise.
    public init?(_ name: String) {
        let isPlain = name.utf8.allSatisfy { byte in
            (0x61...0x7A).contains(byte | 0x20) || (0x30...0x39).contains(byte) || "/_-+".utf8.contains(byte)
        }
        guard isPlain, name == "UTC" || name.contains("/"), let zone = TimeZone(identifier: name) else {
            return nil
        }
        self.name = name
        self.zone = zone
    }

    private init(utc zone: TimeZone) {
        name = "UTC"
        self.zone = zone
    }

    /// Coordinated universal time.
    public static let utc = Zone(utc: .gmt)

    /// The day that clocks in this zone show at a moment.
    public func date(at instant: Instant) -> CivilDate {
        let local = instant.seconds + offsetSeconds(atSecond: instant.seconds)
        return CivilDate(daysSince1970: Int(local.flooredDivision(by: 86_400).quotient))
    }

    /// The time of the day that clocks in this zone show at a moment, and the seconds after it.
    public func time(at instant: Instant) -> (time: CivilTime, seconds: Int64) {
        let local = instant.seconds + offsetSeconds(atSecond: instant.seconds)
        let (minutes, seconds) = local.flooredDivision(by: 86_400).remainder.quotientAndRemainder(
            dividingBy: 60)
        return (CivilTime(minuteOfDay: Int(minutes)), seconds)
    }

    /// The moment at which clocks in this zone show a day and time.
    public func instant(of date: CivilDate, at time: CivilTime) -> Instant {
        let local = Int64(date.daysSince1970) * 86_400 + Int64(time.minuteOfDay) * 60
        // The offsets a day before and after: at most one change lies between them.
        let before = offsetSeconds(atSecond: local - 86_400)
        let after = offsetSeconds(atSecond: local + 86_400)
        if offsetSeconds(atSecond: local - before) != before, offsetSeconds(atSecond: local - after) == after
        {
            return Instant(seconds: local - after)
        }
        return Instant(seconds: local - before)
    }

    /// The first moment of a day in this zone.
    public func startOfDay(_ date: CivilDate) -> Instant { instant(of: date, at: .midnight) }

    private func offsetSeconds(atSecond second: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second))))
    }

    /// Zones are equal by name.
    public static func == (left: Zone, right: Zone) -> Bool { left.name == right.name }

    /// Hashes the name.
    public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

extension Zone: CustomStringConvertible {
    /// The name.
    public var description: String { name }
}

extension Zone: Codable {
    /// Reads a name.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let zone = Zone(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a known time zone")
        }
        self = zone
    }

    /// Writes the name.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(name)
    }
}
