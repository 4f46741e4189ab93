/// Writes JSON into one growing array of bytes.
///
/// Commas are its business; that objects are closed is the caller's.
public struct JSONWriter: Sendable {
    /// What has been written.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false

    /// An empty writer.
    public init(capacity: Int = 512) { bytes.reserveCapacity(capacity) }

    @inline(__always)
    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = true
    }

    /// `{`.
    public mutating func beginObject() {
        separate()
        bytes.append(UInt8(ascii: "{"))
        needsComma = false
    }

    /// `}`.
    public mutating func endObject() {
        bytes.append(UInt8(ascii: "}"))
        needsComma = true
    }

    /// `[`.
    public mutating func beginArray() {
        separate()
        bytes.append(UInt8(ascii: "["))
        needsComma = false
    }

    /// `]`.
    public mutating func endArray() {
        bytes.append(UInt8(ascii: "]"))
        needsComma = true
    }

    /// The name of the next member.
    public mutating func key(_ name: String) {
        separate()
        quoted(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// The name of the next member, written as `snake_case` when it is given as `camelCase`.
    mutating func snakeKey(_ name: String) {
        separate()
        bytes.append(UInt8(ascii: "\""))
        SnakeCase.append(name, to: &bytes)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    /// A text.
    public mutating func string(_ value: String) {
        separate()
        quoted(value)
    }

    /// A whole number.
    public mutating func int(_ value: Int64) {
        separate()
        digits(value)
    }

    /// A number given by its text, which the caller knows to be JSON.
    public mutating func number(text: String) {
        separate()
        bytes.append(contentsOf: text.utf8)
    }

    /// True or false.
    public mutating func bool(_ value: Bool) {
        separate()
        bytes.append(contentsOf: value ? Array("true".utf8) : Array("false".utf8))
    }

    /// `null`.
    public mutating func null() {
        separate()
        bytes.append(contentsOf: Array("null".utf8))
    }

    /// A value that is JSON already.
    public mutating func raw(_ value: some Collection<UInt8>) {
        separate()
        bytes.append(contentsOf: value)
    }

    private mutating func digits(_ value: Int64) {
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        var magnitude = value.magnitude
        var count = 1
        var probe = magnitude
        while probe >= 10 {
            probe /= 10
            count += 1
        }
        let start = bytes.count
        bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: count))
        for index in stride(from: start + count - 1, through: start, by: -1) {
            bytes[index] = 0x30 + UInt8(truncatingIfNeeded: magnitude % 10)
            magnitude /= 10
        }
    }

    private mutating func quoted(_ value: String) {
        bytes.append(UInt8(ascii: "\""))
        let isPlain = value.utf8.withContiguousStorageIfAvailable { utf8 in
            for byte in utf8 where byte < 0x20 || byte == 0x22 || byte == 0x5C { return false }
            bytes.append(contentsOf: utf8)
            return true
        }
        if isPlain != true { escaped(value) }
        bytes.append(UInt8(ascii: "\""))
    }

    private mutating func escaped(_ value: String) {
        for byte in value.utf8 {
            switch byte {
            case 0x22, 0x5C:
                bytes.append(UInt8(ascii: "\\"))
                bytes.append(byte)
            case 0x0A: bytes.append(contentsOf: Array("\\n".utf8))
            case 0x0D: bytes.append(contentsOf: Array("\\r".utf8))
            case 0x09: bytes.append(contentsOf: Array("\\t".utf8))
            case 0..<0x20:
                bytes.append(contentsOf: Array("\\u00".utf8))
                bytes.append(Hex.digit(byte >> 4))
                bytes.append(Hex.digit(byte & 15))
            default: bytes.append(byte)
            }
        }
    }
}

extension JSONWriter {
    /// A member that is a text; nothing when nil.
    public mutating func member(_ name: String, _ value: String?) {
        guard let value else { return }
        key(name)
        string(value)
    }

    /// A member that is a list of texts.
    public mutating func member(_ name: String, strings: some Sequence<String>) {
        key(name)
        beginArray()
        for text in strings { string(text) }
        endArray()
    }

    /// A member that is a whole number; nothing when nil.
    ///
    /// Concrete types, because an integer also prints itself and would be taken for a text by the overload below.
    public mutating func member(_ name: String, _ value: Int64?) {
        guard let value else { return }
        key(name)
        int(value)
    }

    /// A member that is a whole number; nothing when nil.
    public mutating func member(_ name: String, _ value: Int?) {
        member(name, value.map(Int64.init))
    }

    /// A member that is a whole number; nothing when nil.
    public mutating func member(_ name: String, _ value: Int32?) {
        member(name, value.map(Int64.init))
    }

    /// A member that is true or false; nothing when nil.
    public mutating func member(_ name: String, _ value: Bool?) {
        guard let value else { return }
        key(name)
        bool(value)
    }

    /// A member written as its description: ids, moments, dates, currencies; nothing when nil.
    public mutating func member(_ name: String, _ value: (some CustomStringConvertible & Codable)?) {
        guard let value else { return }
        key(name)
        string(value.description)
    }

    /// A member that is an exact decimal number of the amount; nothing when nil.
    public mutating func member(_ name: String, decimal value: Money?) {
        guard let value else { return }
        key(name)
        number(text: value.shortestDecimal)
    }
}
