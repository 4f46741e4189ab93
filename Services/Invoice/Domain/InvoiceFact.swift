/// What has happened to an invoice, in the order in which it is published.
public enum InvoiceFact: String, Sendable, Hashable, CaseIterable {
    /// The draft is different.
    case updated
    /// The draft is gone.
    case deleted
    /// It is issued.
    case finalized
    /// A mail was asked for.
    case sent
    /// A reminder was asked for.
    case reminded
    /// Its pay link was revoked or renewed.
    case linkChanged
    /// A payment is booked on it.
    case paymentApplied
    /// A credit note is issued.
    case credited
    /// A mail with a credit note was asked for.
    case creditSent
    /// A credit note is cancelled.
    case creditWithdrawn
    /// Some of it is paid.
    case partiallyPaid
    /// Nothing is open any more.
    case paid
    /// The due day has passed and something is open.
    case overdue
    /// It is cancelled.
    case voided
    /// It is given up.
    case markedUncollectible
}
