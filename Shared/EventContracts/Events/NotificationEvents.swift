public import Primitives

/// A mail server has taken a mail.
public struct MailDelivered: EventPayload {
    /// `mail.delivered.v1` on `notification.events`.
    public static let descriptor = EventDescriptor(
        "mail.delivered.v1", of: "notification", mustReach: ["invoice.notification"])

    /// The mail.
    public var mailID: MailID
    /// Which mail.
    public var kind: String
    /// What it was about.
    public var invoiceID: InvoiceID?
    /// When, by the injected clock.
    public var deliveredAt: Instant

    /// Says it.
    public init(mailID: MailID, kind: String, invoiceID: InvoiceID? = nil, deliveredAt: Instant) {
        self.mailID = mailID
        self.kind = kind
        self.invoiceID = invoiceID
        self.deliveredAt = deliveredAt
    }
}

/// A mail could not be delivered and will not be tried again.
public struct MailFailed: EventPayload {
    /// `mail.failed.v1` on `notification.events`.
    public static let descriptor = EventDescriptor("mail.failed.v1", of: "notification")

    /// The mail.
    public var mailID: MailID
    /// Which mail.
    public var kind: String
    /// What it was about.
    public var invoiceID: InvoiceID?
    /// In the mail server's words, without addresses.
    public var reason: String

    /// Says it.
    public init(mailID: MailID, kind: String, invoiceID: InvoiceID? = nil, reason: String) {
        self.mailID = mailID
        self.kind = kind
        self.invoiceID = invoiceID
        self.reason = reason
    }
}
