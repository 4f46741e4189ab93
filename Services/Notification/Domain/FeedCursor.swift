/// A place in the feed: everything up to it has been read.
///
/// Transactions first, positions within them second: rows become visible transaction by transaction, so a cursor never
/// passes a row that appears later.
public struct FeedCursor: Hashable, Sendable, Comparable, CustomStringConvertible {
    /// The number of the transaction.
    public let transaction: UInt64
    /// The position among all rows.
    public let position: Int64

    /// A place.
    public init(transaction: UInt64, position: Int64) {
        self.transaction = transaction
        self.position = position
    }

    /// Before everything.
    public static let start = FeedCursor(transaction: 0, position: 0)

    /// Reads the text form; nil for anything else.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let transaction = UInt64(parts[0]), let position = Int64(parts[1]),
            position >= 0,
            "\(transaction)-\(position)" == text
        else { return nil }
        self.init(transaction: transaction, position: position)
    }

    /// The text form.
    public var description: String { "\(transaction)-\(position)" }

    /// Whether one place comes before another.
    public static func < (left: FeedCursor, right: FeedCursor) -> Bool {
        (left.transaction, left.position) < (right.transaction, right.position)
    }
}
