/// A host name under which an organization's pages can be reached once it is verified.
public struct DomainName: Sendable, Hashable {
    /// In lower case.
    public let text: String

    /// Checks a name: two or more labels of letters, digits and inner hyphens, no address.
    ///
    /// - Parameter text: What was typed.
    public init?(_ text: String) {
        let lowered = text.lowercased()
        let labels = lowered.split(separator: ".", omittingEmptySubsequences: false)
        guard lowered.utf8.count <= 253, labels.count >= 2, labels.allSatisfy(Self.isLabel),
            labels.last.map({ $0.utf8.contains { $0 > UInt8(ascii: "9") } }) == true
        else { return nil }
        self.text = lowered
    }

    private static func isLabel(_ label: Substring) -> Bool {
        (1...63).contains(label.utf8.count) && label.first != "-" && label.last != "-"
            && label.utf8.allSatisfy { byte in
                (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || byte == UInt8(ascii: "-")
            }
    }
}
