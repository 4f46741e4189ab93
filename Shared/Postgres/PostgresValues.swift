public import Primitives

/// Microseconds between 1970-01-01 and 2000-01-01, where Postgres' timestamps begin.
private let epochMicroseconds: Int64 = 946_684_800_000_000
/// Days between 1970-01-01 and 2000-01-01.
private let epochDays: Int64 = 10_957

extension RawID: PostgresCodable {
    /// Sent as `uuid`.
    public static var postgresType: PostgresType { .uuid }

    /// Sixteen bytes.
    public func encode(into buffer: inout PostgresBuffer) {
        buffer.append(high)
        buffer.append(low)
    }

    /// Reads `uuid`.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> RawID {
        guard cell.oid == PostgresType.uuid.oid else { throw cell.mismatch("UUID") }
        return RawID(
            high: try cell.integer(at: 0, as: UInt64.self), low: try cell.integer(at: 8, as: UInt64.self))
    }
}

extension ID: PostgresCodable {
    /// Sent as `uuid`, without the prefix that the text form carries.
    public static var postgresType: PostgresType { .uuid }

    /// Sixteen bytes.
    public func encode(into buffer: inout PostgresBuffer) { raw.encode(into: &buffer) }

    /// Reads `uuid`.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> ID { ID(try RawID.decode(cell)) }
}

extension Instant: PostgresCodable {
    /// Sent as `timestamptz`.
    public static var postgresType: PostgresType { .timestamptz }

    /// Microseconds since 2000; the two ends of the range are Postgres' infinities and stay the ends.
    public func encode(into buffer: inout PostgresBuffer) {
        let (shifted, overflow) = microseconds.subtractingReportingOverflow(epochMicroseconds)
        buffer.append(overflow ? Int64.min : microseconds == .max ? .max : shifted)
    }

    /// Reads `timestamptz`.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Instant {
        guard cell.oid == PostgresType.timestamptz.oid else { throw cell.mismatch("Instant") }
        let stored = try cell.integer(as: Int64.self)
        guard stored != .min else { return Instant(microseconds: .min) }
        let (shifted, overflow) = stored.addingReportingOverflow(epochMicroseconds)
        return Instant(microseconds: overflow ? .max : shifted)
    }
}

extension CivilDate: PostgresCodable {
    /// Sent as `date`.
    public static var postgresType: PostgresType { .date }

    /// Days since 2000.
    public func encode(into buffer: inout PostgresBuffer) {
        buffer.append(Int32(clamping: Int64(daysSince1970) - epochDays))
    }

    /// Reads `date`.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> CivilDate {
        guard cell.oid == PostgresType.date.oid else { throw cell.mismatch("CivilDate") }
        return CivilDate(daysSince1970: Int(try cell.integer(as: Int32.self)) + Int(epochDays))
    }
}

extension CivilTime: PostgresCodable {
    /// Sent as `time`.
    public static var postgresType: PostgresType { .time }

    /// Microseconds since midnight.
    public func encode(into buffer: inout PostgresBuffer) {
        buffer.append((Int64(hour) * 60 + Int64(minute)) * 60_000_000)
    }

    /// Reads `time`; what lies beyond whole minutes is refused, because it would be lost.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> CivilTime {
        guard cell.oid == PostgresType.time.oid else { throw cell.mismatch("CivilTime") }
        let microseconds = try cell.integer(as: Int64.self)
        let (minutes, rest) = microseconds.quotientAndRemainder(dividingBy: 60_000_000)
        guard rest == 0, let time = CivilTime(hour: Int(minutes / 60), minute: Int(minutes % 60)) else {
            throw cell.mismatch("CivilTime")
        }
        return time
    }
}

extension Currency: PostgresCodable {
    /// Stored as its code.
    public static var postgresType: PostgresType { .text }

    /// Writes the code.
    public func encode(into buffer: inout PostgresBuffer) { code.encode(into: &buffer) }

    /// Reads a code of ISO 4217.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Currency {
        let code = try String.decode(cell)
        guard let currency = Currency(code: code) else {
            throw PostgresError(code: .decoding, message: "\(code) is no currency")
        }
        return currency
    }
}

// Enumerations of Primitives that are stored as their raw values.
extension SeriesState: PostgresCodable {}
extension RecurrenceUnit: PostgresCodable {}
