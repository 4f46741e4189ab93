/// Why an action is not allowed on an invoice.
public enum InvoiceRuleViolation: Error, Sendable, Hashable, CaseIterable {
    /// Only drafts can be changed, deleted and finalized.
    case notDraft
    /// An invoice without lines asks for nothing.
    case noLines
    /// A draft cannot be sent, paid, voided or given up: it is not an invoice yet.
    case isDraft
    /// A voided invoice stays as it is.
    case isVoided
    /// Nothing is open, so there is nothing to send, give up or pass.
    case nothingOpen
    /// Money was received: it is corrected by a refund or a credit note, not by cancelling.
    case moneyReceived
    /// A receipt tells of money that has come.
    case nothingReceived
    /// It is given up already.
    case isUncollectible
    /// It is overdue already.
    case isOverdue
    /// A payment is under way: nobody is reminded meanwhile.
    case paymentUnderWay
    /// Amounts that come and go are above zero.
    case amountNotPositive
    /// Not more can be given back than has come.
    case refundExceedsReceived
    /// All credit notes together take back at most what was asked for.
    case creditExceedsInvoice
    /// A note names lines of its invoice, each of them once.
    case unknownLine
    /// A credit note that was settled stays as it is.
    case creditSettled
    /// Sums are kept within what fits.
    case amountTooLarge
    /// A price or quantity has too many digits behind the point.
    case tooFine
    /// A discount takes no more than there is, and nothing from what is given back.
    case discountTooLarge
    /// An invoice asks for something or nothing; to give back is what credit notes are for.
    case totalNegative
    /// A line names each of its rates once, and not too many.
    case tooManyTaxRates
    /// A line names a rate of tax that does not exist.
    case unknownTaxRate
}
