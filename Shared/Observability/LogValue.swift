import Primitives

/// One value of a log field; literals of the usual kinds convert by themselves.
public enum LogValue: Sendable, Hashable {
    /// Text, escaped when the line is written.
    case string(String)
    /// A whole number.
    case int(Int64)
    /// A measured quantity such as a duration in milliseconds.
    case double(Double)
    /// A truth value.
    case bool(Bool)

    /// Takes the description of an id, an instant or another value that prints itself.
    public init(_ value: some CustomStringConvertible) {
        self = .string(value.description)
    }

    /// Takes an error with its type, so that an enum case without a payload still says where it comes from.
    public init(error: any Error) {
        self = .string("\(type(of: error)): \(error)")
    }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    /// Takes a string literal or an interpolation.
    public init(stringLiteral value: String) {
        self = .string(value)
    }
}

extension LogValue: ExpressibleByIntegerLiteral {
    /// Takes an integer literal.
    public init(integerLiteral value: Int64) {
        self = .int(value)
    }
}

extension LogValue: ExpressibleByFloatLiteral {
    /// Takes a floating point literal.
    public init(floatLiteral value: Double) {
        self = .double(value)
    }
}

extension LogValue: ExpressibleByBooleanLiteral {
    /// Takes a boolean literal.
    public init(booleanLiteral value: Bool) {
        self = .bool(value)
    }
}

extension LogValue {
    /// Takes a count.
    public static func int(_ value: Int) -> LogValue {
        .int(Int64(value))
    }

    /// Takes a duration; the field name ends in `_ms`.
    public static func milliseconds(_ duration: Duration) -> LogValue {
        .double(Double(duration.microseconds) / 1_000)
    }
}
