public import Primitives

/// An invoice as the payment service sees it: what is owed, and what has come.
///
/// Each number has one writer. `total`, `credited` and `isVoided` come from the invoice service's events only;
/// `collected`, `refunded` and `movedToCredit` from this service only. All amounts are minor units of one currency.
public struct Payable: Hashable, Sendable {
    /// The invoice.
    public let invoiceID: InvoiceID
    /// Of every amount here.
    public let currency: Currency
    /// Fixed when the invoice was issued.
    public var totalMinor: Int64
    /// Taken off by credit notes.
    public var creditedMinor: Int64
    /// Whether the invoice was cancelled.
    public var isVoided: Bool
    /// Received by every path, gross.
    public var collectedMinor: Int64
    /// Given back by refunds.
    public var refundedMinor: Int64
    /// Moved to the payer's credit at the sender.
    public var movedToCreditMinor: Int64

    /// A payable as it is stored.
    public init(
        invoiceID: InvoiceID, currency: Currency, totalMinor: Int64, creditedMinor: Int64 = 0,
        isVoided: Bool = false,
        collectedMinor: Int64 = 0, refundedMinor: Int64 = 0, movedToCreditMinor: Int64 = 0
    ) {
        self.invoiceID = invoiceID
        self.currency = currency
        self.totalMinor = totalMinor
        self.creditedMinor = creditedMinor
        self.isVoided = isVoided
        self.collectedMinor = collectedMinor
        self.refundedMinor = refundedMinor
        self.movedToCreditMinor = movedToCreditMinor
    }

    /// What the payer still owes; nothing on a voided invoice, never negative.
    public var openMinor: Int64 { isVoided ? 0 : max(0, totalMinor - creditedMinor - collectedMinor) }

    /// What the payer still owes of everything up to one part of the invoice.
    ///
    /// Money fills the parts in their order, and credit lowers the last of them first, so it is what is missing up to
    /// that part, and never more than is open at all.
    ///
    /// - Parameter through: What all parts up to it come to; nil for the whole.
    /// - Returns: Minor units, never below zero.
    public func openMinor(through: Int64?) -> Int64 {
        min(openMinor, max(0, (through ?? totalMinor) - collectedMinor))
    }

    /// What was collected beyond what is owed and has not gone back yet.
    ///
    /// Voids, credit notes, overpayments, duplicates and late captures are all this one number. A positive surplus
    /// becomes one refund or credit; a negative one is money that is still missing and means nothing here.
    public var surplusMinor: Int64 {
        collectedMinor - refundedMinor - movedToCreditMinor - (isVoided ? 0 : totalMinor - creditedMinor)
    }
}
