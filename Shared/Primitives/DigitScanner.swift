/// Reads fixed-width digits of dates and times from the left.
struct DigitScanner {
    private let bytes: [UInt8]
    private var position = 0

    init(_ text: some StringProtocol) { bytes = Array(text.utf8) }

    var isAtEnd: Bool { position == bytes.count }

    mutating func number(digits: Int) -> Int? {
        guard position + digits <= bytes.count else { return nil }
        var value = 0
        for byte in bytes[position..<position + digits] {
            guard byte >= 0x30, byte <= 0x39 else { return nil }
            value = value * 10 + Int(byte - 0x30)
        }
        position += digits
        return value
    }

    mutating func take(_ character: Character) -> Bool { takeOne(of: String(character)) != nil }

    mutating func takeOne(of characters: String) -> UInt8? {
        guard position < bytes.count, characters.utf8.contains(bytes[position]) else { return nil }
        position += 1
        return bytes[position - 1]
    }

    mutating func date() -> CivilDate? {
        guard let year = number(digits: 4), take("-"), let month = number(digits: 2), take("-"),
            let day = number(digits: 2)
        else { return nil }
        return CivilDate(year: year, month: month, day: day)
    }

    /// The microseconds after an optional point; nil when the point is followed by nothing or by too much.
    mutating func fractionMicroseconds() -> Int? {
        guard take(".") else { return 0 }
        var value = 0
        var count = 0
        while let digit = takeOne(of: "0123456789") {
            count += 1
            if count <= 6 { value = value * 10 + Int(digit - 0x30) }
        }
        guard count > 0, count <= 9 else { return nil }
        for _ in min(count, 6)..<6 { value *= 10 }
        return value
    }

    mutating func offsetSeconds() -> Int? {
        if takeOne(of: "Zz") != nil { return 0 }
        guard let sign = takeOne(of: "+-"), let hours = number(digits: 2), take(":"),
            let minutes = number(digits: 2),
            hours < 24, minutes < 60
        else { return nil }
        return (sign == UInt8(ascii: "-") ? -1 : 1) * (hours * 3600 + minutes * 60)
    }
}

/// Writes fixed-width digits of dates and times into a buffer that is large enough.
struct DigitWriter {
    private let buffer: UnsafeMutableBufferPointer<UInt8>
    private(set) var count = 0

    init(_ buffer: UnsafeMutableBufferPointer<UInt8>) { self.buffer = buffer }

    mutating func byte(_ character: Unicode.Scalar) {
        buffer[count] = UInt8(ascii: character)
        count += 1
    }

    mutating func digits(_ value: Int, width: Int) {
        var rest = value
        for index in stride(from: count + width - 1, through: count, by: -1) {
            buffer[index] = UInt8(0x30 + rest % 10)
            rest /= 10
        }
        count += width
    }

    mutating func date(_ date: CivilDate) {
        digits(date.year, width: 4)
        byte("-")
        digits(date.month, width: 2)
        byte("-")
        digits(date.day, width: 2)
    }
}
