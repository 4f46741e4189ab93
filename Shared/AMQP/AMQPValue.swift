/// A value in a header table.
public enum AMQPValue: Sendable, Equatable {
    /// A UTF-8 string.
    case string(String)
    /// Any whole number; it is sent with 64 bits.
    case integer(Int64)
    /// A truth value.
    case boolean(Bool)
    /// A floating-point number.
    case double(Double)
    /// Seconds since 1970.
    case timestamp(UInt64)
    /// Bytes without a meaning.
    case bytes([UInt8])
    /// A nested table.
    case table(AMQPTable)
    /// A list of values.
    case array([AMQPValue])
    /// Nothing, or a kind of value that this client does not know.
    case void

    /// The text, if this is a string.
    public var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The number, if this is one.
    public var integer: Int64? {
        guard case .integer(let value) = self else { return nil }
        return value
    }
}
