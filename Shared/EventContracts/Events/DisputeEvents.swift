public import Primitives

/// Where a payer's objection at the bank stands.
public enum DisputeState: String, Codable, Hashable, Sendable, CaseIterable {
    /// The bank has taken the money back until it decides.
    case opened
    /// The money stays with the sender.
    case won
    /// The money went back to the payer.
    case lost
}

/// A payer has objected to a payment at the bank, or the bank has decided.
public struct DisputeChanged: EventPayload {
    /// `dispute.changed.v1` on `payment.events`.
    public static let descriptor = EventDescriptor(
        "dispute.changed.v1", of: "payment", mustReach: ["invoice.payment"])

    /// The dispute.
    public var disputeID: DisputeID
    /// The organization that was paid.
    public var organizationID: OrganizationID
    /// What the objection is about.
    public var paymentID: PaymentID
    /// What it was paid for.
    public var invoiceID: InvoiceID
    /// Of every amount here.
    public var currency: Currency
    /// What the payer wants back.
    ///
    /// Minor units.
    public var amountMinor: Int64
    /// What the bank has taken back, less than the amount where some had been refunded before.
    ///
    /// Minor units.
    public var withheldMinor: Int64
    /// The gateway's word for the reason.
    public var reason: String
    /// Where it stands.
    public var status: DisputeState
    /// Since when, by the injected clock.
    public var changedAt: Instant

    /// Says it.
    public init(
        disputeID: DisputeID, organizationID: OrganizationID, paymentID: PaymentID, invoiceID: InvoiceID,
        currency: Currency, amountMinor: Int64, withheldMinor: Int64, reason: String, status: DisputeState,
        changedAt: Instant
    ) {
        self.disputeID = disputeID
        self.organizationID = organizationID
        self.paymentID = paymentID
        self.invoiceID = invoiceID
        self.currency = currency
        self.amountMinor = amountMinor
        self.withheldMinor = withheldMinor
        self.reason = reason
        self.status = status
        self.changedAt = changedAt
    }
}
