/// One value in a `JSONDocument`.
///
/// Asking for the wrong kind gives nil.
public struct JSONNode: Sendable {
    /// The kinds of JSON values.
    public enum Kind: UInt8, Sendable {
        /// `{…}`.
        case object
        /// `[…]`.
        case array
        /// `"…"`.
        case string
        /// A number, kept as text.
        case number
        /// `true` or `false`.
        case bool
        /// `null`.
        case null
    }

    let document: JSONStorage
    let index: Int

    var entry: JSONDocument.Entry { document.entries[index] }

    /// What kind of value this is.
    public var kind: Kind { entry.kind }

    /// Whether this is `null`.
    public var isNull: Bool { kind == .null }

    /// The text of a string, with escapes resolved.
    public var string: String? { kind == .string ? JSONNode.decodeText(document.bytes, entry) : nil }

    /// True or false.
    public var bool: Bool? { kind == .bool ? document.bytes[Int(entry.start)] == UInt8(ascii: "t") : nil }

    /// The text of a number exactly as it was written.
    public var numberText: String? { kind == .number ? String(decoding: rawBytes, as: UTF8.self) : nil }

    /// A whole number; `50.0` and `5e1` count as whole.
    public var int64: Int64? {
        guard kind == .number else { return nil }
        var value: Int64 = 0
        let bytes = rawBytes
        for byte in bytes {
            guard byte >= 0x30, byte <= 0x39, bytes.count <= 18 else {
                return ExactDecimal(String(decoding: bytes, as: UTF8.self))?.scaled(toDigits: 0)
            }
            value = value * 10 + Int64(byte - 0x30)
        }
        return value
    }

    /// The bytes of this value as they were written, quotes included.
    public var rawBytes: ArraySlice<UInt8> {
        let entry = entry
        let quote: Int = entry.kind == .string ? 1 : 0
        return document.bytes[Int(entry.start) - quote..<Int(entry.end) + quote]
    }

    /// The elements of an array; empty for anything else.
    public var elements: [JSONNode] {
        guard kind == .array else { return [] }
        var nodes: [JSONNode] = []
        nodes.reserveCapacity(Int(entry.count))
        var at = index + 1
        for _ in 0..<entry.count {
            nodes.append(JSONNode(document: document, index: at))
            at = Int(document.entries[at].next)
        }
        return nodes
    }

    /// The members of an object in their order; empty for anything else.
    public var members: [(key: String, value: JSONNode)] {
        guard kind == .object else { return [] }
        var pairs: [(key: String, value: JSONNode)] = []
        var at = index + 1
        for _ in 0..<entry.count {
            let value = JSONNode(document: document, index: at + 1)
            pairs.append((JSONNode.decodeText(document.bytes, document.entries[at]), value))
            at = Int(value.entry.next)
        }
        return pairs
    }

    /// The value of a member; nil when there is none or this is no object.
    public subscript(key: String) -> JSONNode? {
        var key = key
        return key.withUTF8 { member(named: $0)?.value }
    }

    /// Finds a member by the bytes of its name.
    func member(named name: UnsafeBufferPointer<UInt8>, from start: Int? = nil) -> (
        value: JSONNode, next: Int
    )? {
        guard kind == .object, entry.count > 0 else { return nil }
        let first = index + 1
        let end = Int(entry.next)
        var at = start ?? first
        if at >= end { at = first }
        for _ in 0..<entry.count {
            if isName(document.entries[at], name) {
                let value = JSONNode(document: document, index: at + 1)
                return (value, Int(value.entry.next))
            }
            at = Int(document.entries[at + 1].next)
            if at >= end { at = first }
        }
        return nil
    }

    private func isName(_ entry: JSONDocument.Entry, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
        if entry.hasEscapes { return JSONNode.decodeText(document.bytes, entry).utf8.elementsEqual(name) }
        guard Int(entry.end - entry.start) == name.count else { return false }
        return document.bytes.withUnsafeBufferPointer { bytes in
            for offset in 0..<name.count where bytes[Int(entry.start) + offset] != name[offset] {
                return false
            }
            return true
        }
    }

    static func decodeText(_ bytes: [UInt8], _ entry: JSONDocument.Entry) -> String {
        let source = bytes[Int(entry.start)..<Int(entry.end)]
        guard entry.hasEscapes else { return String(decoding: source, as: UTF8.self) }
        var text: [UInt8] = []
        text.reserveCapacity(source.count)
        var index = source.startIndex
        while index < source.endIndex {
            guard source[index] == UInt8(ascii: "\\") else {
                text.append(source[index])
                index += 1
                continue
            }
            switch source[index + 1] {
            case UInt8(ascii: "u"):
                let (scalar, length) = scalar(source, at: index)
                text.append(contentsOf: Array(String(scalar).utf8))
                index += length
                continue
            case UInt8(ascii: "b"): text.append(0x08)
            case UInt8(ascii: "f"): text.append(0x0C)
            case UInt8(ascii: "n"): text.append(0x0A)
            case UInt8(ascii: "r"): text.append(0x0D)
            case UInt8(ascii: "t"): text.append(0x09)
            default: text.append(source[index + 1])
            }
            index += 2
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The parser has checked that escapes are whole and surrogates paired.
    private static func scalar(_ source: ArraySlice<UInt8>, at index: Int) -> (Character, Int) {
        func unit(_ at: Int) -> UInt32 {
            source[at + 2..<at + 6].reduce(0) { $0 << 4 | UInt32(Hex.value(of: $1) ?? 0) }
        }
        let first = unit(index)
        guard (0xD800...0xDBFF).contains(first) else {
            return (Character(Unicode.Scalar(first) ?? "\u{FFFD}"), 6)
        }
        let value = 0x10000 + (first - 0xD800) << 10 + (unit(index + 6) - 0xDC00)
        return (Character(Unicode.Scalar(value) ?? "\u{FFFD}"), 12)
    }
}
