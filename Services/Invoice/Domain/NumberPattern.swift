/// How the numbers of a series are written: `{prefix}-{year}-{count:4}` gives `ACME-2027-0042`.
///
/// Between braces stand `prefix`, `year` and `count`; `count` can say how many digits it has at the least. Everything
/// else is taken as it is: capital letters, digits, `-`, `.` and `_`, none of which an address has to escape.
public struct NumberPattern: Sendable, Hashable {
    /// Why a text is no pattern.
    public enum Flaw: Error, Sendable, Hashable, CaseIterable {
        /// Something between braces is not known, or a brace has no partner.
        case unknownPart
        /// A character that numbers do not have.
        case forbiddenCharacter
        /// The count has to be there, once, and apart from other digits: otherwise two numbers could look the same.
        case unclearCount
        /// A year or prefix is there twice.
        case repeatedPart
        /// Numbers would be too long.
        case tooLong
    }

    private enum Part: Sendable, Hashable {
        case prefix
        case year
        case count(minimumDigits: Int)
        case literal(String)
    }

    /// As it was given.
    public let text: String
    private let parts: [Part]

    /// The longest pattern, in characters.
    public static let maximumLength = 40
    /// The most digits that a count is filled up to.
    public static let maximumDigits = 12

    /// Reads a pattern.
    public init(_ text: String) throws(Flaw) {
        guard text.utf8.count <= Self.maximumLength else { throw .tooLong }
        let parts = try Self.parts(of: text)
        let counts = parts.indices.filter { if case .count = parts[$0] { true } else { false } }
        guard let count = counts.first, counts.count == 1 else { throw .unclearCount }
        let neighbours = [count - 1, count + 1].filter { parts.indices.contains($0) }
        guard neighbours.allSatisfy({ !Self.touches(parts[$0], isBefore: $0 < count) }) else {
            throw .unclearCount
        }
        guard parts.count(where: { $0 == .prefix }) <= 1, parts.count(where: { $0 == .year }) <= 1 else {
            throw .repeatedPart
        }
        self.text = text
        self.parts = parts
    }

    private init(_ text: String, _ parts: [Part]) {
        self.text = text
        self.parts = parts
    }

    /// What a series has until somebody chooses: `ACME-000042`.
    public static let usual = NumberPattern(
        "{prefix}-{count:6}", [.prefix, .literal("-"), .count(minimumDigits: 6)])

    /// Whether numbers of different years are different.
    public var namesYear: Bool { parts.contains(.year) }

    /// A number of the series.
    public func number(prefix letters: String, year: Int, count: Int64) -> String {
        parts.map { part in
            switch part {
            case .prefix: letters
            case .year: Self.padded(Int64(year), to: 4)
            case .count(let minimumDigits): Self.padded(count, to: minimumDigits)
            case .literal(let text): text
            }
        }.joined()
    }

    private static func padded(_ number: Int64, to minimumDigits: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, minimumDigits - digits.utf8.count)) + digits
    }

    private static func parts(of text: String) throws(Flaw) -> [Part] {
        var parts: [Part] = []
        var rest = Substring(text)
        while let first = rest.first {
            if first == "{" {
                guard let end = rest.firstIndex(of: "}") else { throw .unknownPart }
                parts.append(try part(rest[rest.index(after: rest.startIndex)..<end]))
                rest = rest[rest.index(after: end)...]
            } else {
                let literal = rest.prefix { $0 != "{" }
                guard !literal.contains("}") else { throw .unknownPart }
                guard literal.utf8.allSatisfy(isAllowed) else { throw .forbiddenCharacter }
                parts.append(.literal(String(literal)))
                rest = rest.dropFirst(literal.count)
            }
        }
        return parts
    }

    private static func part(_ name: Substring) throws(Flaw) -> Part {
        switch name {
        case "prefix": return .prefix
        case "year": return .year
        case "count": return .count(minimumDigits: 1)
        default:
            let digits = name.dropFirst(6)
            guard name.hasPrefix("count:"), digits.utf8.allSatisfy(isDigit), let digits = Int(digits),
                (1...maximumDigits).contains(digits)
            else { throw .unknownPart }
            return .count(minimumDigits: digits)
        }
    }

    /// Whether a digit may stand where a part meets the count.
    private static func touches(_ part: Part, isBefore: Bool) -> Bool {
        guard case .literal(let text) = part else { return true }
        guard let edge = isBefore ? text.utf8.last : text.utf8.first else { return true }
        return isDigit(edge)
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"):
            true
        default: isDigit(byte)
        }
    }
}
