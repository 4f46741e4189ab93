public import Primitives

/// The numbers of one kind of document of one organization: how they are written, and when they begin again.
public struct NumberSeries: Sendable, Hashable {
    /// Which documents.
    public enum Name: String, Sendable, Hashable, CaseIterable {
        /// Invoices.
        case invoice
        /// Credit notes.
        case creditNote = "credit_note"
    }

    /// Which documents.
    public let name: Name
    /// In front of each number.
    public let prefix: String
    /// How they are written.
    public let pattern: NumberPattern
    /// Whether each year begins with 1.
    public let isYearly: Bool

    /// The most characters of a prefix.
    public static let maximumPrefixLength = 12

    /// A series.
    public init(name: Name, prefix: String, pattern: NumberPattern = .usual, isYearly: Bool = false) {
        self.name = name
        self.prefix = prefix
        self.pattern = pattern
        self.isYearly = isYearly
    }

    /// What is counted together: the year of the document where each begins again.
    public func period(of date: CivilDate) -> String {
        isYearly ? String(date.year) : ""
    }

    /// The number of a document.
    public func number(count: Int64, on date: CivilDate) -> String {
        pattern.number(prefix: prefix, year: date.year, count: count)
    }

    /// Capital letters and digits.
    public static func isPrefix(_ text: String) -> Bool {
        (1...maximumPrefixLength).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
                default: false
                }
            }
    }
}
