/// The number of an issued invoice: the organization's prefix and a count without gaps.
public struct InvoiceNumber: Sendable, Hashable {
    /// In front of the count.
    public let prefix: String
    /// 1 for the first invoice of the organization.
    public let count: Int64

    private static let minimumDigits = 6

    /// A number.
    public init(prefix: String, count: Int64) {
        self.prefix = prefix
        self.count = count
    }

    /// As it stands on the invoice: `ACME-000042`.
    public var text: String {
        let digits = String(count)
        return prefix + "-" + String(repeating: "0", count: max(0, Self.minimumDigits - digits.count))
            + digits
    }
}
