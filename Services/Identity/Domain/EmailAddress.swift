/// An e-mail address as somebody typed it, and the form under which an account is found.
public struct EmailAddress: Sendable, Hashable {
    /// The longest address that mail servers take.
    public static let maximumBytes = 254

    /// As it was typed, without blanks around it.
    public let text: String

    /// In lower case: one person, one account, however the address was typed.
    ///
    /// The local part is case-sensitive by the letter of the standard and in no mailbox that people have.
    public let key: String

    /// Checks an address.
    ///
    /// - Parameter text: What was typed: `local@domain` in ASCII, dot-atoms on both sides, a dot in the domain or
    ///   `localhost`.
    public init?(_ text: String) {
        var trimmed = Substring(text)
        while trimmed.first == " " { trimmed.removeFirst() }
        while trimmed.last == " " { trimmed.removeLast() }
        let bytes = Array(trimmed.utf8)
        guard bytes.count <= Self.maximumBytes, let at = bytes.lastIndex(of: UInt8(ascii: "@")),
            (1...64).contains(at)
        else { return nil }
        let domain = bytes[(at + 1)...]
        guard Self.isDotAtom(bytes[..<at], isAllowed: Self.isAtomByte),
            Self.isDotAtom(domain, isAllowed: Self.isDomainByte),
            domain.contains(UInt8(ascii: ".")) || domain.elementsEqual("localhost".utf8)
        else { return nil }
        self.text = String(trimmed)
        key = trimmed.lowercased()
    }

    /// The part before the `@`, in lower case.
    var localPart: Substring { key.prefix { $0 != "@" } }

    private static func isDotAtom(_ bytes: ArraySlice<UInt8>, isAllowed: (UInt8) -> Bool) -> Bool {
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        return parts.allSatisfy { !$0.isEmpty && $0.allSatisfy(isAllowed) }
    }

    private static func isDomainByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    private static func isAtomByte(_ byte: UInt8) -> Bool {
        isDomainByte(byte) || "!#$%&'*+/=?^_`{|}~".utf8.contains(byte)
    }
}
