/// An e-mail address with the name to show beside it.
public struct MailAddress: Sendable, Hashable {
    /// The name; nil to show the address alone.
    public let name: String?
    /// The address, `local@domain`, in ASCII.
    public let address: String

    /// Checks an address: what could end the envelope line or start another header has no place in it.
    ///
    /// Only the dot-atom form of RFC 5322 is taken; quoted local parts and address literals are legal, unused and a
    /// source of holes. A domain with other letters is given in its `xn--` form.
    ///
    /// - Parameters:
    ///   - name: The name; nil for none. A name with control characters is refused.
    ///   - address: The address.
    public init?(name: String?, address: String) {
        guard address.utf8.count <= 254, let at = address.utf8.lastIndex(of: UInt8(ascii: "@")) else {
            return nil
        }
        let local = Array(address.utf8[..<at])
        let domain = Array(address.utf8[address.utf8.index(after: at)...])
        guard (1...64).contains(local.count), Self.isDotAtom(local, isAllowed: Self.isAtomByte),
            Self.isDotAtom(domain, isAllowed: Self.isDomainByte)
        else { return nil }
        if let name, name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return nil
        }
        self.name = name.flatMap { $0.isEmpty ? nil : $0 }
        self.address = address
    }

    private static func isDotAtom(_ bytes: [UInt8], isAllowed: (UInt8) -> Bool) -> Bool {
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
