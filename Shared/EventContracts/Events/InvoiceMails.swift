public import Primitives

/// The mails that the invoice service asks for.
public enum InvoiceMailKind: String, Codable, Hashable, Sendable, CaseIterable {
    /// A new invoice with its pay link.
    case invoice
    /// It is due soon or overdue.
    case reminder
    /// A fresh link, asked for from an expired one.
    case renewedLink = "renewed_link"
}

/// A mail about an invoice is to be sent, unless it comes too late.
public struct InvoiceMailRequested: EventPayload {
    /// `mail.requested.v1` on `invoice.private`.
    public static let descriptor = EventDescriptor(
        "mail.requested.v1", of: "invoice", on: .private, mustReach: ["notification.invoice"])

    /// One mail, however often this message comes.
    public var mailID: MailID
    /// Which mail.
    public var kind: InvoiceMailKind
    /// The invoice.
    public var invoiceID: InvoiceID
    /// The organization.
    public var organizationID: OrganizationID
    /// Who is billed.
    public var customerID: CustomerID
    /// The invoice's number.
    public var number: String
    /// What it is for.
    public var title: String?
    /// The address.
    public var to: String
    /// The person's name.
    public var recipientName: String?
    /// A BCP 47 tag.
    public var language: String?
    /// Of the amount.
    public var currency: Currency
    /// Open.
    ///
    /// Minor units.
    public var amountDueMinor: Int64
    /// The last day to pay.
    public var dueDate: CivilDate
    /// The pay link, sealed to the notification service's public key, base64url.
    public var sealedLink: String
    /// After this the mail is obsolete.
    public var expiresAt: Instant
    /// The sender's own words for it.
    public var wording: InvoiceMailWording?

    /// Says it.
    public init(
        mailID: MailID, kind: InvoiceMailKind, invoiceID: InvoiceID, organizationID: OrganizationID,
        customerID: CustomerID, number: String, title: String? = nil, to: String,
        recipientName: String? = nil, language: String? = nil, currency: Currency, amountDueMinor: Int64,
        dueDate: CivilDate, sealedLink: String, expiresAt: Instant, wording: InvoiceMailWording? = nil
    ) {
        self.mailID = mailID
        self.kind = kind
        self.invoiceID = invoiceID
        self.organizationID = organizationID
        self.customerID = customerID
        self.number = number
        self.title = title
        self.to = to
        self.recipientName = recipientName
        self.language = language
        self.currency = currency
        self.amountDueMinor = amountDueMinor
        self.dueDate = dueDate
        self.sealedLink = sealedLink
        self.expiresAt = expiresAt
        self.wording = wording
    }
}
