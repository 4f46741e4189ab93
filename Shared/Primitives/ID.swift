/// A kind of thing that has identifiers; the prefix is what people see in front of them.
public protocol Identified {
    /// Lower-case letters in front of the underscore, such as `inv`.
    static var idPrefix: String { get }
}

/// An identifier of one kind of thing, written as a TypeID: a prefix and 26 characters of base 32 (`inv_01h455vb4pex5vsknk084sn02q`).
///
/// In the database and in keys it is its `raw` UUID; the text form is for people, HTTP and events.
public struct ID<Entity: Identified>: Hashable, Sendable {
    /// The UUID behind the text.
    public let raw: RawID

    /// Gives a UUID its kind.
    public init(_ raw: RawID) { self.raw = raw }

    /// Reads the text form; nil for another prefix or a text that is not canonical.
    public init?(_ text: String) {
        var text = text
        var prefix = Entity.idPrefix
        let raw = text.withUTF8 { text in
            prefix.withUTF8 { prefix -> RawID? in
                guard text.count == prefix.count + 27, text.starts(with: prefix),
                    text[prefix.count] == UInt8(ascii: "_")
                else { return nil }
                return Base32.decode(UnsafeBufferPointer(rebasing: text[(prefix.count + 1)...]))
            }
        }
        guard let raw else { return nil }
        self.init(raw)
    }

    /// Reads the text form; nil for another prefix or a text that is not canonical.
    public init?(_ text: Substring) { self.init(String(text)) }

    /// A fresh identifier whose first bits are the given time.
    public static func new(at instant: Instant) -> ID { ID(.v7(at: instant)) }
}

extension ID: Comparable {
    /// Orders by time of making.
    public static func < (left: ID, right: ID) -> Bool { left.raw < right.raw }
}

extension ID: CustomStringConvertible {
    /// The text form.
    public var description: String { Entity.idPrefix + "_" + Base32.encode(raw) }
}

extension ID: Codable {
    /// Reads the text form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = ID(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "not an id of kind \(Entity.idPrefix)")
        }
        self = id
    }

    /// Writes the text form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// Crockford's base 32 as TypeID uses it: 128 bits in 26 lower-case characters, the first at most 7.
enum Base32 {
    private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, character) in alphabet.enumerated() { values[Int(character)] = UInt8(value) }
        return values
    }()

    static func encode(_ id: RawID) -> String {
        String(unsafeUninitializedCapacity: 26) { buffer in
            var high = id.high
            var low = id.low
            for index in stride(from: 25, through: 0, by: -1) {
                buffer[index] = alphabet[Int(low & 31)]
                low = low >> 5 | high << 59
                high >>= 5
            }
            return 26
        }
    }

    static func decode(_ text: UnsafeBufferPointer<UInt8>) -> RawID? {
        guard text.count == 26, let first = text.first, values[Int(first)] <= 7 else { return nil }
        var high: UInt64 = 0
        var low: UInt64 = 0
        for character in text {
            let value = values[Int(character)]
            guard value != 0xFF else { return nil }
            high = high << 5 | low >> 59
            low = low << 5 | UInt64(value)
        }
        return RawID(high: high, low: low)
    }
}
