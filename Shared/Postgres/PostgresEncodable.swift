/// A value that can be sent as a parameter in Postgres' binary format.
///
/// The type goes with the parameter, so a conversion in SQL (`$1::jsonb` on a `String`) does what it says.
public protocol PostgresEncodable: Sendable {
    /// The type sent with a single value.
    static var postgresType: PostgresType { get }
    /// The type sent with an array of values.
    static var postgresArrayType: PostgresType { get }
    /// Whether this value is SQL's NULL.
    var isPostgresNull: Bool { get }
    /// Writes the value's binary form; not called for NULL.
    func encode(into buffer: inout PostgresBuffer)
    /// Writes an array's binary form.
    static func encodeArray(_ elements: [Self], into buffer: inout PostgresBuffer)
}

extension PostgresEncodable {
    /// The array type that belongs to the single type.
    public static var postgresArrayType: PostgresType {
        PostgresType(oid: postgresType.arrayOID, arrayOID: 0)
    }

    /// Values are present unless they say otherwise.
    public var isPostgresNull: Bool { false }

    /// Writes a one-dimensional array: a 20-byte header, then each element with its length (-1 for NULL).
    public static func encodeArray(_ elements: [Self], into buffer: inout PostgresBuffer) {
        let dimensions: Int32 = elements.isEmpty ? 0 : 1
        buffer.append(dimensions)
        buffer.append(Int32(elements.contains { $0.isPostgresNull } ? 1 : 0))
        buffer.append(postgresType.oid)
        guard !elements.isEmpty else { return }
        buffer.append(Int32(truncatingIfNeeded: elements.count))
        buffer.append(1 as Int32)
        for element in elements {
            let start = buffer.count
            buffer.append(-1 as Int32)
            guard !element.isPostgresNull else { continue }
            element.encode(into: &buffer)
            buffer.overwrite(at: start, with: Int32(truncatingIfNeeded: buffer.count - start - 4))
        }
    }
}

extension Bool: PostgresEncodable {
    /// Sent as `boolean`.
    public static var postgresType: PostgresType { .bool }
    /// One byte, 0 or 1.
    public func encode(into buffer: inout PostgresBuffer) { buffer.append(self ? 1 : 0 as UInt8) }
}

extension Int16: PostgresEncodable {
    /// Sent as `smallint`.
    public static var postgresType: PostgresType { .int2 }
    /// Two bytes.
    public func encode(into buffer: inout PostgresBuffer) { buffer.append(self) }
}

extension Int32: PostgresEncodable {
    /// Sent as `integer`.
    public static var postgresType: PostgresType { .int4 }
    /// Four bytes.
    public func encode(into buffer: inout PostgresBuffer) { buffer.append(self) }
}

extension Int64: PostgresEncodable {
    /// Sent as `bigint`.
    public static var postgresType: PostgresType { .int8 }
    /// Eight bytes.
    public func encode(into buffer: inout PostgresBuffer) { buffer.append(self) }
}

extension Int: PostgresEncodable {
    /// Sent as `bigint`.
    public static var postgresType: PostgresType { .int8 }
    /// Eight bytes.
    public func encode(into buffer: inout PostgresBuffer) { buffer.append(Int64(self)) }
}

extension Double: PostgresEncodable {
    /// Sent as `double precision`.
    public static var postgresType: PostgresType { .float8 }
    /// The IEEE bit pattern.
    public func encode(into buffer: inout PostgresBuffer) { buffer.append(bitPattern) }
}

extension String: PostgresEncodable {
    /// Sent as `text`.
    public static var postgresType: PostgresType { .text }
    /// UTF-8; Postgres refuses a NUL inside, as `invalidData`.
    public func encode(into buffer: inout PostgresBuffer) { buffer.append(bytes: utf8) }
}

/// A single byte goes out as `smallint`; an array of bytes is `bytea`.
extension UInt8: PostgresEncodable {
    /// Sent as `smallint`.
    public static var postgresType: PostgresType { .int2 }
    /// `[UInt8]` is `bytea`, not an array.
    public static var postgresArrayType: PostgresType { .bytea }
    /// Two bytes.
    public func encode(into buffer: inout PostgresBuffer) { buffer.append(Int16(self)) }
    /// The bytes themselves.
    public static func encodeArray(_ elements: [UInt8], into buffer: inout PostgresBuffer) {
        buffer.append(bytes: elements)
    }
}

extension Array: PostgresEncodable where Element: PostgresEncodable {
    /// The array type of the element; `bytea` for bytes.
    public static var postgresType: PostgresType { Element.postgresArrayType }
    /// Writes the elements as one Postgres array.
    public func encode(into buffer: inout PostgresBuffer) { Element.encodeArray(self, into: &buffer) }
}

extension Optional: PostgresEncodable where Wrapped: PostgresEncodable {
    /// The type of the wrapped value.
    public static var postgresType: PostgresType { Wrapped.postgresType }
    /// Whether there is no value.
    public var isPostgresNull: Bool { self?.isPostgresNull ?? true }
    /// Writes the wrapped value.
    public func encode(into buffer: inout PostgresBuffer) { self?.encode(into: &buffer) }
}

extension PostgresEncodable where Self: RawRepresentable, RawValue: PostgresEncodable {
    /// The type of the raw value.
    public static var postgresType: PostgresType { RawValue.postgresType }
    /// Writes the raw value.
    public func encode(into buffer: inout PostgresBuffer) { rawValue.encode(into: &buffer) }
}
