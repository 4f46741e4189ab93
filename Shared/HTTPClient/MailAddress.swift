import Primitives

/// An e-mail address with the name to show beside it.
public struct MailAddress: Sendable, Hashable {
    /// The name; nil to show the address alone.
    public let name: String?
    /// The address, `local@domain`, in ASCII.
    public let address: String

    /// Checks an address: what could end the envelope line or start another header has no place in it.
    ///
    /// - Parameters:
    ///   - name: The name; nil for none. A name with control characters is refused.
    ///   - address: The address; see `DotAtomAddress`.
    public init?(name: String?, address: String) {
        guard let checked = DotAtomAddress(address) else { return nil }
        if let name, name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) {
            return nil
        }
        self.name = name.flatMap { $0.isEmpty ? nil : $0 }
        self.address = checked.text
    }
}
