/// A value that can be read from a binary result.
public protocol PostgresDecodable {
    /// Reads a field that is not NULL.
    static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self
    /// What NULL means for this type; an error unless it is optional.
    static func decodeNull() throws(PostgresError) -> Self
    /// Reads an array of this type.
    static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self]
}

extension PostgresDecodable {
    /// Refuses NULL.
    public static func decodeNull() throws(PostgresError) -> Self {
        throw PostgresError(code: .decoding, message: "NULL where \(Self.self) is expected")
    }

    /// Reads a one-dimensional array.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [Self] {
        let dimensions = try cell.integer(at: 0, as: Int32.self)
        guard dimensions != 0 else { return [] }
        guard dimensions == 1 else { throw cell.mismatch("one-dimensional array") }
        let elementOID = try cell.integer(at: 8, as: UInt32.self)
        let count = Int(try cell.integer(at: 12, as: Int32.self))
        // Each element takes at least its 4-byte length, so a larger count cannot be true.
        guard count >= 0, count <= cell.buffer.count / 4 else { throw cell.mismatch("array") }
        var elements: [Self] = []
        elements.reserveCapacity(count)
        var offset = 20
        for _ in 0..<count {
            let length = Int(try cell.integer(at: offset, as: Int32.self))
            offset += 4
            if length < 0 {
                elements.append(try decodeNull())
            } else {
                elements.append(try decode(try cell.slice(offset..<offset + length, oid: elementOID)))
                offset += length
            }
        }
        return elements
    }
}

/// A value that is both a parameter and a result.
public typealias PostgresCodable = PostgresEncodable & PostgresDecodable

extension Bool: PostgresDecodable {
    /// Reads `boolean`.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Bool {
        guard cell.oid == PostgresType.bool.oid else { throw cell.mismatch("Bool") }
        return try cell.integer(as: UInt8.self) != 0
    }
}

extension Int64: PostgresDecodable {
    /// Reads any integer type, and `numeric` (the type of `sum(bigint)`) where it is whole.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Int64 {
        switch cell.oid {
        case PostgresType.int8.oid: return try cell.integer(as: Int64.self)
        case PostgresType.int4.oid: return Int64(try cell.integer(as: Int32.self))
        case PostgresType.int2.oid: return Int64(try cell.integer(as: Int16.self))
        case PostgresType.numeric.oid: return try cell.wholeNumeric()
        default: throw cell.mismatch("integer")
        }
    }
}

extension PostgresDecodable where Self: FixedWidthInteger {
    /// Reads any integer type whose value fits.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
        guard let value = Self(exactly: try Int64.decode(cell)) else { throw cell.mismatch("\(Self.self)") }
        return value
    }
}

extension Int: PostgresDecodable {}
extension Int32: PostgresDecodable {}
extension Int16: PostgresDecodable {}

extension UInt8: PostgresDecodable {
    /// `bytea` is an array of bytes.
    public static func decodeArray(_ cell: PostgresCell) throws(PostgresError) -> [UInt8] {
        guard cell.oid == PostgresType.bytea.oid else { throw cell.mismatch("bytea") }
        return cell.bytes
    }
}

extension Double: PostgresDecodable {
    /// Reads `double precision`, `real` and any integer.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Double {
        switch cell.oid {
        case PostgresType.float8.oid: return Double(bitPattern: try cell.integer(as: UInt64.self))
        case PostgresType.float4.oid: return Double(Float(bitPattern: try cell.integer(as: UInt32.self)))
        default: return Double(try Int64.decode(cell))
        }
    }
}

extension String: PostgresDecodable {
    /// Reads `text` and the types whose binary form is their text (`varchar`, `json`, enums).
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> String {
        switch cell.oid {
        case PostgresType.text.oid, PostgresType.varchar.oid, PostgresType.bpchar.oid, PostgresType.name.oid,
            PostgresType.json.oid, PostgresType.unknown.oid, PostgresType.firstUserOID...:
            return String(decoding: cell.buffer, as: UTF8.self)
        default: throw cell.mismatch("String")
        }
    }
}

extension Array: PostgresDecodable where Element: PostgresDecodable {
    /// Reads an array, or `bytea` into bytes.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> [Element] {
        try Element.decodeArray(cell)
    }
}

extension Optional: PostgresDecodable where Wrapped: PostgresDecodable {
    /// Reads the wrapped value.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Wrapped? {
        try Wrapped.decode(cell)
    }

    /// NULL is the absence of a value.
    public static func decodeNull() throws(PostgresError) -> Wrapped? { nil }
}

extension PostgresDecodable where Self: RawRepresentable, RawValue: PostgresDecodable {
    /// Reads the raw value and refuses one that has no case.
    public static func decode(_ cell: PostgresCell) throws(PostgresError) -> Self {
        let raw = try RawValue.decode(cell)
        guard let value = Self(rawValue: raw) else {
            throw PostgresError(code: .decoding, message: "\(raw) is no \(Self.self)")
        }
        return value
    }
}

extension PostgresCell {
    /// Reads a `numeric` that is a whole number within 64 bits: groups of four decimal digits.
    func wholeNumeric() throws(PostgresError) -> Int64 {
        let groups = Int(try integer(at: 0, as: Int16.self))
        let weight = Int(try integer(at: 2, as: Int16.self))
        let sign = try integer(at: 4, as: UInt16.self)
        guard sign == 0 || sign == 0x4000 else { throw mismatch("whole number") }
        guard groups > 0 else { return 0 }
        guard weight >= 0, weight <= 4 else { throw mismatch("64-bit whole number") }
        var magnitude: Int64 = 0
        for position in 0...max(weight, groups - 1) {
            let group = position < groups ? Int64(try integer(at: 8 + 2 * position, as: Int16.self)) : 0
            guard position <= weight else {
                guard group == 0 else { throw mismatch("whole number") }
                continue
            }
            let (scaled, overflow) = magnitude.multipliedReportingOverflow(by: 10_000)
            let (sum, carry) = scaled.subtractingReportingOverflow(group)
            guard !overflow, !carry else { throw mismatch("64-bit whole number") }
            magnitude = sum
        }
        // Accumulated below zero, because the smallest Int64 has no positive counterpart.
        guard sign == 0 else { return magnitude }
        guard magnitude != Int64.min else { throw mismatch("64-bit whole number") }
        return -magnitude
    }
}
