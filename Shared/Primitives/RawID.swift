/// A 128-bit identifier (RFC 9562) held as two words, so that hashing, comparing and writing it cost next to nothing.
public struct RawID: Hashable, Sendable {
    /// The first eight bytes, big-endian.
    public let high: UInt64
    /// The last eight bytes, big-endian.
    public let low: UInt64

    /// Makes an identifier of its two words.
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Reads sixteen big-endian bytes; nil for any other length.
    public init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        var words: (UInt64, UInt64) = (0, 0)
        for (index, byte) in bytes.enumerated() {
            if index < 8 {
                words.0 = words.0 << 8 | UInt64(byte)
            } else {
                words.1 = words.1 << 8 | UInt64(byte)
            }
        }
        self.init(high: words.0, low: words.1)
    }

    /// Reads the form 8-4-4-4-12, in either case; nil for anything else.
    public init?(uuidString: String) {
        var text = uuidString
        let words = text.withUTF8 { utf8 -> (UInt64, UInt64)? in
            guard utf8.count == 36 else { return nil }
            var words: (UInt64, UInt64) = (0, 0)
            var digits = 0
            for (position, character) in utf8.enumerated() {
                if position == 8 || position == 13 || position == 18 || position == 23 {
                    guard character == UInt8(ascii: "-") else { return nil }
                    continue
                }
                guard let value = Hex.value(of: character) else { return nil }
                if digits < 16 {
                    words.0 = words.0 << 4 | UInt64(value)
                } else {
                    words.1 = words.1 << 4 | UInt64(value)
                }
                digits += 1
            }
            return words
        }
        guard let words else { return nil }
        self.init(high: words.0, low: words.1)
    }

    /// Reads the form 8-4-4-4-12, in either case; nil for anything else.
    public init?(uuidString: Substring) { self.init(uuidString: String(uuidString)) }

    /// The sixteen bytes, big-endian.
    public var bytes: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 16) { buffer, count in
            for index in 0..<8 {
                buffer[index] = UInt8(truncatingIfNeeded: high >> UInt64(56 - 8 * index))
                buffer[8 + index] = UInt8(truncatingIfNeeded: low >> UInt64(56 - 8 * index))
            }
            count = 16
        }
    }

    /// The lower-case form 8-4-4-4-12.
    public var uuidString: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var position = 0
            for (word, dashes) in [(high, 0b0000_1011 as UInt16), (low, 0b0000_0001)] {
                for index in 0..<16 {
                    buffer[position] = Hex.digit(
                        UInt8(truncatingIfNeeded: word >> UInt64(60 - 4 * index)) & 15)
                    position += 1
                    let isDash =
                        (dashes == 0b1011 && (index == 7 || index == 11 || index == 15))
                        || (dashes == 1 && index == 3)
                    if isDash {
                        buffer[position] = UInt8(ascii: "-")
                        position += 1
                    }
                }
            }
            return position
        }
    }

    /// A version 7 identifier: its first 48 bits are the milliseconds of `instant`, so rows of one time lie together.
    ///
    /// Those that a process makes for the same millisecond, one after the other, are in the order of their making.
    public static func v7(at instant: Instant) -> RawID {
        let milliseconds = UInt64(clamping: instant.microseconds / 1000)
        let count = IDCounter.next()
        return RawID(
            high: milliseconds << 16 | 0x7000 | count >> 30,
            low: 0x8000_0000_0000_0000 | (count & 0x3FFF_FFFF) << 32 | RandomSource.word() >> 32)
    }

    /// A version 7 identifier of this moment, for ids that no rule reads a time from.
    public static func v7() -> RawID { v7(at: SystemClock().now()) }

    /// A version 4 identifier from the system's random source.
    public static func random() -> RawID {
        RawID(
            high: RandomSource.word() & 0xFFFF_FFFF_FFFF_0FFF | 0x4000,
            low: 0x8000_0000_0000_0000 | RandomSource.word() >> 2)
    }

    /// A version 5 identifier: the same namespace and name always give the same id.
    public static func v5(namespace: RawID, name: some Sequence<UInt8>) -> RawID {
        let digest = SHA1.digest(namespace.bytes + Array(name))
        var high: UInt64 = 0
        var low: UInt64 = 0
        for index in 0..<8 {
            high = high << 8 | UInt64(digest[index])
            low = low << 8 | UInt64(digest[8 + index])
        }
        return RawID(
            high: high & 0xFFFF_FFFF_FFFF_0FFF | 0x5000,
            low: low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    }

    /// A version 5 identifier of a text.
    public static func v5(namespace: RawID, name: String) -> RawID {
        v5(namespace: namespace, name: name.utf8)
    }
}

extension RawID: Comparable {
    /// Orders as the bytes do, which for version 7 is by time.
    public static func < (left: RawID, right: RawID) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }
}

extension RawID: CustomStringConvertible {
    /// The lower-case form 8-4-4-4-12.
    public var description: String { uuidString }
}

extension RawID: Codable {
    /// Reads the form 8-4-4-4-12.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let id = RawID(uuidString: try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "not a UUID")
        }
        self = id
    }

    /// Writes the form 8-4-4-4-12.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(uuidString)
    }
}
