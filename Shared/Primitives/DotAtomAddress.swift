/// An e-mail address of the dot-atom form of RFC 5322: `local@domain` in ASCII.
///
/// Quoted local parts and address literals are legal, unused and a source of holes. What could end an envelope line or
/// start another header has no place in it. A domain with other letters is given in its `xn--` form.
public struct DotAtomAddress: Sendable, Hashable {
    /// The longest address that mail servers take (RFC 5321, 4.5.3.1.3, less the brackets).
    public static let maximumBytes = 254

    /// The whole address.
    public let text: String

    /// Checks an address.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.maximumBytes, let at = text.utf8.lastIndex(of: UInt8(ascii: "@")) else {
            return nil
        }
        let local = text.utf8[..<at]
        guard local.count <= Self.maximumLocalBytes, Self.isDotAtom(local, isAllowed: Self.isAtomByte),
            Self.isDotAtom(text.utf8[text.utf8.index(after: at)...], isAllowed: Self.isDomainByte)
        else { return nil }
        self.text = text
    }

    /// What is behind the `@`.
    public var domain: Substring { text[text.index(after: text.lastIndex(of: "@") ?? text.startIndex)...] }

    private static let maximumLocalBytes = 64

    private static func isDotAtom(_ bytes: Substring.UTF8View, isAllowed: (UInt8) -> Bool) -> Bool {
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

    /// The `atext` of RFC 5322.
    private static func isAtomByte(_ byte: UInt8) -> Bool {
        isDomainByte(byte) || "!#$%&'*+/=?^_`{|}~".utf8.contains(byte)
    }
}
