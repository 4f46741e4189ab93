/// The colour of an organization's pages and mails.
public struct AccentColor: Sendable, Hashable {
    /// As `#rrggbb` in lower case.
    public let text: String

    /// Checks a colour.
    ///
    /// - Parameter text: A number sign and six hexadecimal digits.
    public init?(_ text: String) {
        let lowered = text.lowercased()
        guard lowered.utf8.count == 7, lowered.utf8.first == UInt8(ascii: "#"),
            lowered.utf8.dropFirst().allSatisfy(Self.isDigit)
        else { return nil }
        self.text = lowered
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
