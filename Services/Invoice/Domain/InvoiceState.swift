/// Where an invoice stands as a document.
public enum InvoiceState: String, Sendable, Hashable, CaseIterable {
    /// Can be edited and deleted.
    case draft
    /// Issued: lines and total never change again.
    case finalized
    /// Nothing is open.
    case paid
    /// Cancelled, for good.
    case voided
    /// Given up by the sender; money is still welcome.
    case uncollectible
}
