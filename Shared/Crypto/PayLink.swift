public import Primitives

/// What a payment link says: which invoice, and which generation of its links.
public struct PayLink: Sendable, Hashable {
    /// The longest reference in a link, in bytes.
    public static let maximumReferenceBytes = 64

    /// The invoice number as it can stand in an address: for people to recognise, not to look anything up.
    public let reference: String
    /// The invoice.
    public let invoiceID: RawID
    /// Raised by every revocation and renewal; a link of a lower generation is dead.
    public let generation: UInt32

    /// Describes a link.
    ///
    /// - Parameters:
    ///   - number: The invoice number; characters that an address would have to escape become `-`, and it is cut at
    ///     `maximumReferenceBytes`. An empty number becomes `-`.
    ///   - invoiceID: The invoice.
    ///   - generation: The current generation.
    public init(number: String, invoiceID: RawID, generation: UInt32) {
        let safe = number.unicodeScalars.prefix(Self.maximumReferenceBytes).map { scalar in
            Self.isUnreserved(scalar) ? Character(scalar) : "-"
        }
        reference = safe.isEmpty ? "-" : String(safe)
        self.invoiceID = invoiceID
        self.generation = generation
    }

    /// The unreserved characters of RFC 3986.
    static func isUnreserved(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~": true
        default: false
        }
    }
}
