/// Base 16, lower-case.
public enum Hex {
    /// Two digits for each byte.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var digits: [UInt8] = []
        for byte in bytes {
            digits.append(digit(byte >> 4))
            digits.append(digit(byte & 15))
        }
        return String(decoding: digits, as: UTF8.self)
    }

    /// Reads pairs of digits in either case; nil for an odd count or a foreign character.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count % 2 == 0 else { return nil }
        var bytes: [UInt8] = []
        for index in stride(from: 0, to: digits.count, by: 2) {
            guard let high = value(of: digits[index]), let low = value(of: digits[index + 1]) else {
                return nil
            }
            bytes.append(high << 4 | low)
        }
        return bytes
    }

    @inline(__always)
    static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x57 + value }

    @inline(__always)
    static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x57
        case 0x41...0x46: digit - 0x37
        default: nil
        }
    }
}

/// Base 32 with the standard alphabet and no padding (RFC 4648 section 6): what people type into other devices.
public enum StandardBase32 {
    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".utf8)

    /// Encodes without padding.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        BitGroups.encode(bytes, bitsPerLetter: 5, alphabet)
    }
}

/// Base 64 with the URL alphabet and no padding (RFC 4648 section 5).
public enum Base64URL {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Encodes without padding.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        BitGroups.encode(bytes, bitsPerLetter: 6, alphabet)
    }

    /// Reads the canonical form only: no padding, no foreign character, no stray bits; nil otherwise.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var bytes: [UInt8] = []
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for character in text.utf8 {
            guard let value = value(of: character) else { return nil }
            buffer = buffer << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                bytes.append(UInt8(truncatingIfNeeded: buffer >> bits))
            }
        }
        guard bits < 6, buffer & ((1 << bits) - 1) == 0 else { return nil }
        return bytes
    }

    private static func value(of character: UInt8) -> UInt8? {
        switch character {
        case 0x41...0x5A: character - 0x41
        case 0x61...0x7A: character - 0x61 + 26
        case 0x30...0x39: character - 0x30 + 52
        case 0x2D: 62
        case 0x5F: 63
        default: nil
        }
    }
}

/// Base 64 with the standard alphabet and padding (RFC 4648 section 4).
public enum Base64 {
    /// Encodes with padding.
    public static func encode(_ bytes: some Sequence<UInt8>) -> String {
        var text = Array(Base64URL.encode(bytes).utf8)
        for index in text.indices {
            if text[index] == 0x2D { text[index] = 0x2B } else if text[index] == 0x5F { text[index] = 0x2F }
        }
        while text.count % 4 != 0 { text.append(0x3D) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads the padded form; nil for anything else.
    public static func decode(_ text: some StringProtocol) -> [UInt8]? {
        var characters = Array(text.utf8)
        guard characters.count % 4 == 0 else { return nil }
        for _ in 0..<2 where characters.last == 0x3D { characters.removeLast() }
        for index in characters.indices {
            switch characters[index] {
            case 0x2B: characters[index] = 0x2D
            case 0x2F: characters[index] = 0x5F
            case 0x2D, 0x5F: return nil
            default: break
            }
        }
        return Base64URL.decode(String(decoding: characters, as: UTF8.self))
    }
}

/// The loop of all encodings whose letters stand for a fixed number of bits.
private enum BitGroups {
    static func encode(
        _ bytes: some Sequence<UInt8>, bitsPerLetter: UInt32, _ alphabet: [UInt8]
    ) -> String {
        let mask: UInt32 = (1 << bitsPerLetter) - 1
        var text: [UInt8] = []
        var buffer: UInt32 = 0
        var bits: UInt32 = 0
        for byte in bytes {
            buffer = buffer << 8 | UInt32(byte)
            bits += 8
            while bits >= bitsPerLetter {
                bits -= bitsPerLetter
                text.append(alphabet[Int(buffer >> bits & mask)])
            }
        }
        if bits > 0 { text.append(alphabet[Int(buffer << (bitsPerLetter - bits) & mask)]) }
        return String(decoding: text, as: UTF8.self)
    }
}
