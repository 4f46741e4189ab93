/// What can be done to an invoice, by a person, a payment or the calendar.
public enum InvoiceAction: Sendable, Hashable {
    /// Change title, lines, due date.
    case edit
    /// Remove the draft.
    case delete
    /// Issue it with this many lines.
    case finalize(lineCount: Int)
    /// Ask for a mail with the pay link.
    case send
    /// Ask for it again.
    case remind
    /// Let the pay links that were handed out die.
    case replaceLink
    /// Money has come, by whatever path.
    case receive(Int64)
    /// Money was given back.
    case refund(Int64)
    /// The payer objects to a payment at the bank, or no objection is open any more.
    case dispute(isOpen: Bool)
    /// Take some of what it asks for back by a credit note.
    case credit(Int64)
    /// Cancel a credit note that has only lowered what is due.
    case withdrawCredit(Int64)
    /// A payment is under way.
    case beginProcessing
    /// No payment is under way any more.
    case endProcessing
    /// The due day has passed.
    case passDueDate
    /// Cancel it.
    case void
    /// Give it up.
    case giveUp
}
