/// One field of a result in binary form; valid only while it is being decoded.
public struct PostgresCell {
    /// The object id of the column's type.
    public let oid: UInt32
    let buffer: UnsafeRawBufferPointer

    /// A copy of the field's bytes.
    public var bytes: [UInt8] { [UInt8](buffer) }

    /// Reads the whole field as one integer in network byte order.
    public func integer<Value: FixedWidthInteger>(as type: Value.Type) throws(PostgresError) -> Value {
        guard buffer.count == MemoryLayout<Value>.size else { throw mismatch("\(type)") }
        return Value(bigEndian: buffer.loadUnaligned(as: Value.self))
    }

    /// The error that says this field cannot be read as `type`.
    public func mismatch(_ type: String) -> PostgresError {
        PostgresError(
            code: .decoding, message: "a value of type oid \(oid), \(buffer.count) bytes, is no \(type)")
    }

    func integer<Value: FixedWidthInteger>(at offset: Int, as type: Value.Type) throws(PostgresError) -> Value
    {
        guard offset >= 0, buffer.count - offset >= MemoryLayout<Value>.size else {
            throw mismatch("\(type)")
        }
        return Value(bigEndian: buffer.loadUnaligned(fromByteOffset: offset, as: Value.self))
    }

    func slice(_ range: Range<Int>, oid: UInt32) throws(PostgresError) -> PostgresCell {
        guard range.lowerBound >= 0, range.upperBound <= buffer.count else { throw mismatch("part") }
        return PostgresCell(oid: oid, buffer: UnsafeRawBufferPointer(rebasing: buffer[range]))
    }
}
