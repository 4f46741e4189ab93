import Primitives

/// An e-mail address as somebody typed it, and the form under which an account is found.
public struct EmailAddress: Sendable, Hashable {
    /// The longest address that mail servers take.
    public static let maximumBytes = DotAtomAddress.maximumBytes

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
        guard let address = DotAtomAddress(String(trimmed)),
            address.domain.contains(".") || address.domain == "localhost"
        else { return nil }
        self.text = address.text
        key = address.text.lowercased()
    }

    /// The part before the `@`, in lower case.
    var localPart: Substring { key.prefix { $0 != "@" } }
}
