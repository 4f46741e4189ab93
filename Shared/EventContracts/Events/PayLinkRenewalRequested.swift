public import Primitives

/// Whoever has a pay link that has expired wants a fresh one; it goes to the address on file and to no other.
public struct PayLinkRenewalRequested: EventPayload {
    /// `pay_link.renewal_requested.v1` on `payment.events`.
    public static let descriptor = EventDescriptor(
        "pay_link.renewal_requested.v1", of: "payment", mustReach: ["invoice.payment"])

    /// One wish, however often this message comes.
    public var renewalID: LinkRenewalID
    /// The invoice.
    public var invoiceID: InvoiceID
    /// The organization.
    public var organizationID: OrganizationID
    /// Of the link that has expired; once there is a newer one, the wish is fulfilled.
    public var generation: Int64

    /// Says it.
    public init(
        renewalID: LinkRenewalID, invoiceID: InvoiceID, organizationID: OrganizationID, generation: Int64
    ) {
        self.renewalID = renewalID
        self.invoiceID = invoiceID
        self.organizationID = organizationID
        self.generation = generation
    }
}
