/// Where an invoice stands as a debt; derived from amounts, kept because people filter by it.
public enum DebtState: String, Sendable, Hashable, CaseIterable {
    /// No money yet.
    case unpaid
    /// A payment is under way.
    case processing
    /// Some is open.
    case partiallyPaid = "partially_paid"
    /// Nothing is open.
    case paid
    /// More came than is owed.
    case overpaid
    /// Some of what is owed was given back.
    case partiallyRefunded = "partially_refunded"
    /// Everything was given back.
    case refunded
    /// The bank is asked to take it back.
    case disputed

    /// Where an invoice of some state can stand as a debt.
    public static func possible(in state: InvoiceState) -> [DebtState] {
        switch state {
        case .draft: [.unpaid]
        case .finalized, .uncollectible:
            [.unpaid, .processing, .partiallyPaid, .partiallyRefunded, .refunded, .disputed]
        case .paid: [.paid, .overpaid, .partiallyRefunded, .refunded, .disputed]
        case .voided: [.unpaid, .overpaid, .refunded, .disputed]
        }
    }
}
