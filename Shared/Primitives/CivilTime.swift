/// A time of day on a wall clock, to the minute, with no zone.
public struct CivilTime: Hashable, Sendable {
    /// 0…23.
    public let hour: Int
    /// 0…59.
    public let minute: Int

    /// A time that exists; nil otherwise.
    public init?(hour: Int, minute: Int) {
        guard (0..<24).contains(hour), (0..<60).contains(minute) else { return nil }
        self.hour = hour
        self.minute = minute
    }

    init(minuteOfDay: Int) {
        hour = minuteOfDay / 60
        minute = minuteOfDay % 60
    }

    /// Reads `09:00`.
    public init?(_ text: some StringProtocol) {
        var scanner = DigitScanner(text)
        guard let hour = scanner.number(digits: 2), scanner.take(":"), let minute = scanner.number(digits: 2),
            scanner.isAtEnd
        else { return nil }
        self.init(hour: hour, minute: minute)
    }

    /// The first minute of a day.
    public static let midnight = CivilTime(minuteOfDay: 0)
    /// 09:00, when automatic payments are due: away from the hours at which clocks change.
    public static let chargeTime = CivilTime(minuteOfDay: 540)

    /// Minutes since midnight.
    public var minuteOfDay: Int { hour * 60 + minute }
}

extension CivilTime: Comparable {
    /// Orders by time of day.
    public static func < (left: CivilTime, right: CivilTime) -> Bool { left.minuteOfDay < right.minuteOfDay }
}

extension CivilTime: CustomStringConvertible {
    /// `09:00`.
    public var description: String {
        String(unsafeUninitializedCapacity: 5) { buffer in
            var writer = DigitWriter(buffer)
            writer.digits(hour, width: 2)
            writer.byte(":")
            writer.digits(minute, width: 2)
            return writer.count
        }
    }
}

extension CivilTime: Codable {
    /// Reads `09:00`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let time = CivilTime(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a time of day")
        }
        self = time
    }

    /// Writes `09:00`.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
