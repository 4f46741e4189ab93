/// Turns bytes into the entries of a `JSONDocument` in one pass.
struct JSONParser {
    private static let maximumDepth = 64
    private let bytes: [UInt8]
    private var position = 0
    private var entries: [JSONDocument.Entry] = []

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        entries.reserveCapacity(bytes.count / 12 + 4)
    }

    mutating func parse() throws(JSONSyntaxError) -> [JSONDocument.Entry] {
        if bytes.contains(where: { $0 >= 0x80 }), String(validating: bytes, as: UTF8.self) == nil {
            throw JSONSyntaxError(position: 0, reason: .notUTF8)
        }
        try value(depth: 0)
        skipSpace()
        guard position == bytes.count else { throw failure(.unexpectedByte) }
        return entries
    }

    private func failure(_ reason: JSONSyntaxError.Reason) -> JSONSyntaxError {
        JSONSyntaxError(
            position: position,
            reason: position >= bytes.count && reason == .unexpectedByte ? .unexpectedEnd : reason)
    }

    private mutating func skipSpace() {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            default: return
            }
        }
    }

    private mutating func peek() throws(JSONSyntaxError) -> UInt8 {
        skipSpace()
        guard position < bytes.count else { throw failure(.unexpectedEnd) }
        return bytes[position]
    }

    private mutating func value(depth: Int) throws(JSONSyntaxError) {
        switch try peek() {
        case UInt8(ascii: "{"): try object(depth: depth)
        case UInt8(ascii: "["): try array(depth: depth)
        case UInt8(ascii: "\""): try text()
        case UInt8(ascii: "t"): try literal("true", .bool)
        case UInt8(ascii: "f"): try literal("false", .bool)
        case UInt8(ascii: "n"): try literal("null", .null)
        case UInt8(ascii: "-"), 0x30...0x39: try number()
        default: throw failure(.unexpectedByte)
        }
    }

    private mutating func open(_ kind: JSONNode.Kind, depth: Int) throws(JSONSyntaxError) -> Int {
        guard depth < Self.maximumDepth else { throw failure(.tooDeep) }
        entries.append(JSONDocument.Entry(kind: kind, start: Int32(position), end: 0))
        position += 1
        return entries.count - 1
    }

    private mutating func close(_ index: Int, count: Int) {
        position += 1
        entries[index].end = Int32(position)
        entries[index].next = Int32(entries.count)
        entries[index].count = Int32(count)
    }

    private mutating func array(depth: Int) throws(JSONSyntaxError) {
        let index = try open(.array, depth: depth)
        var count = 0
        if try peek() == UInt8(ascii: "]") { return close(index, count: 0) }
        while true {
            try value(depth: depth + 1)
            count += 1
            switch try peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "]"): return close(index, count: count)
            default: throw failure(.unexpectedByte)
            }
        }
    }

    private mutating func object(depth: Int) throws(JSONSyntaxError) {
        let index = try open(.object, depth: depth)
        var names: [Int] = []
        if try peek() == UInt8(ascii: "}") { return close(index, count: 0) }
        while true {
            guard try peek() == UInt8(ascii: "\"") else { throw failure(.unexpectedByte) }
            names.append(entries.count)
            try text()
            guard try peek() == UInt8(ascii: ":") else { throw failure(.unexpectedByte) }
            position += 1
            try value(depth: depth + 1)
            switch try peek() {
            case UInt8(ascii: ","): position += 1
            case UInt8(ascii: "}"):
                guard areDistinct(names) else { throw failure(.duplicateName) }
                return close(index, count: names.count)
            default: throw failure(.unexpectedByte)
            }
        }
    }

    /// Small objects are compared pair by pair, large ones through a set.
    private func areDistinct(_ names: [Int]) -> Bool {
        if names.count > 24 || names.contains(where: { entries[$0].hasEscapes }) {
            return Set(names.map { JSONNode.decodeText(bytes, entries[$0]) }).count == names.count
        }
        for later in names.indices {
            let entry = entries[names[later]]
            for earlier in 0..<later where isSame(entry, entries[names[earlier]]) { return false }
        }
        return true
    }

    private func isSame(_ left: JSONDocument.Entry, _ right: JSONDocument.Entry) -> Bool {
        let length = left.end - left.start
        guard right.end - right.start == length else { return false }
        for offset in 0..<Int(length)
        where bytes[Int(left.start) + offset] != bytes[Int(right.start) + offset] {
            return false
        }
        return true
    }

    private mutating func literal(_ word: StaticString, _ kind: JSONNode.Kind) throws(JSONSyntaxError) {
        let start = position
        let matches = word.withUTF8Buffer { word in
            position + word.count <= bytes.count
                && bytes[position..<position + word.count].elementsEqual(word)
        }
        guard matches else { throw failure(.unexpectedByte) }
        position += word.utf8CodeUnitCount
        append(kind, from: start, to: position)
    }

    private mutating func append(
        _ kind: JSONNode.Kind, from start: Int, to end: Int, hasEscapes: Bool = false
    ) {
        entries.append(
            JSONDocument.Entry(
                kind: kind, hasEscapes: hasEscapes, start: Int32(start), end: Int32(end),
                next: Int32(entries.count + 1)))
    }

    private mutating func text() throws(JSONSyntaxError) {
        position += 1
        let start = position
        var hasEscapes = false
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "\""):
                append(.string, from: start, to: position, hasEscapes: hasEscapes)
                position += 1
                return
            case UInt8(ascii: "\\"):
                hasEscapes = true
                try escape()
            case 0..<0x20: throw failure(.malformedText)
            default: position += 1
            }
        }
        throw failure(.unexpectedEnd)
    }

    private mutating func escape() throws(JSONSyntaxError) {
        guard position + 1 < bytes.count else { throw failure(.unexpectedEnd) }
        switch bytes[position + 1] {
        case UInt8(ascii: "u"):
            let unit = try hexUnit()
            if (0xD800...0xDBFF).contains(unit) {
                guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                    bytes[position + 1] == UInt8(ascii: "u"), (0xDC00...0xDFFF).contains(try hexUnit())
                else { throw failure(.malformedText) }
            } else if (0xDC00...0xDFFF).contains(unit) {
                throw failure(.malformedText)
            }
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"), UInt8(ascii: "b"), UInt8(ascii: "f"),
            UInt8(ascii: "n"), UInt8(ascii: "r"), UInt8(ascii: "t"):
            position += 2
        default: throw failure(.malformedText)
        }
    }

    private mutating func hexUnit() throws(JSONSyntaxError) -> Int {
        guard position + 6 <= bytes.count else { throw failure(.unexpectedEnd) }
        var unit = 0
        for byte in bytes[position + 2..<position + 6] {
            guard let digit = Hex.value(of: byte) else { throw failure(.malformedText) }
            unit = unit << 4 | Int(digit)
        }
        position += 6
        return unit
    }

    private mutating func number() throws(JSONSyntaxError) {
        let start = position
        if bytes[position] == UInt8(ascii: "-") { position += 1 }
        let whole = position
        guard digits() > 0, !(bytes[whole] == UInt8(ascii: "0") && position - whole > 1) else {
            throw failure(.malformedNumber)
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            position += 1
            guard digits() > 0 else { throw failure(.malformedNumber) }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            position += 1
            if position < bytes.count,
                bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-")
            {
                position += 1
            }
            guard digits() > 0 else { throw failure(.malformedNumber) }
        }
        append(.number, from: start, to: position)
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, (0x30...0x39).contains(bytes[position]) { position += 1 }
        return position - start
    }
}
