/// What stands in front of an organization's invoice numbers: `ACME` in `ACME-000001`.
public struct InvoicePrefix: Sendable, Hashable {
    /// The most characters.
    public static let maximumLength = 12

    /// Upper-case ASCII letters and digits.
    public let text: String

    /// Checks a prefix that somebody chose.
    ///
    /// - Parameter text: Letters and digits; lower case becomes upper case.
    public init?(_ text: String) {
        let upper = text.uppercased()
        guard (1...Self.maximumLength).contains(upper.utf8.count), upper.utf8.allSatisfy(Self.isAllowed)
        else {
            return nil
        }
        self.text = upper
    }

    /// Takes the first letters of a name; `INV` when it has too few that can be used.
    ///
    /// - Parameter name: The organization's name.
    public init(derivedFrom name: String) {
        let letters = name.uppercased().utf8.filter(Self.isAllowed).prefix(4)
        text = letters.count < 2 ? "INV" : String(decoding: letters, as: UTF8.self)
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
