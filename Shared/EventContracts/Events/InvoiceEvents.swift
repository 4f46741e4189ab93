public import Primitives

/// Where an invoice stands as a document.
public enum InvoiceStatus: String, Codable, Hashable, Sendable, CaseIterable {
    /// Can still be edited.
    case draft
    /// Issued; its total is fixed.
    case finalized
    /// Nothing is open.
    case paid
    /// Cancelled.
    case voided
    /// Given up, though money may still come.
    case uncollectible
}

/// Where an invoice stands as a debt.
public enum InvoicePaymentStatus: String, Codable, Hashable, Sendable, CaseIterable {
    /// No money yet.
    case unpaid
    /// A payment is under way.
    case processing
    /// Some is open.
    case partiallyPaid = "partially_paid"
    /// Nothing is open.
    case paid
    /// More came than was due.
    case overpaid
    /// Some was given back.
    case partiallyRefunded = "partially_refunded"
    /// All was given back.
    case refunded
    /// The bank is asked to take it back.
    case disputed
}

/// A line without its words.
public struct InvoiceLineFacts: Codable, Hashable, Sendable {
    /// The line.
    public var lineID: LineItemID
    /// An exact decimal.
    public var quantity: String
    /// Minor units.
    public var unitAmountMinor: Int64
    /// Minor units.
    public var totalMinor: Int64

    /// Says it.
    public init(lineID: LineItemID, quantity: String, unitAmountMinor: Int64, totalMinor: Int64) {
        self.lineID = lineID
        self.quantity = quantity
        self.unitAmountMinor = unitAmountMinor
        self.totalMinor = totalMinor
    }
}

/// What the payment service checks a link's token against.
public struct PayLinkFacts: Codable, Hashable, Sendable {
    /// Tokens of another generation are refused.
    public var generation: Int64
    /// Afterwards the link offers a fresh mail.
    public var expiresAt: Instant
    /// Whether a success uses it up.
    public var isOneTime: Bool

    /// Says it.
    public init(generation: Int64, expiresAt: Instant, isOneTime: Bool) {
        self.generation = generation
        self.expiresAt = expiresAt
        self.isOneTime = isOneTime
    }
}

/// An invoice as of the event, without names and words.
public struct InvoiceSnapshot: Codable, Hashable, Sendable {
    /// The invoice.
    public var invoiceID: InvoiceID
    /// The organization.
    public var organizationID: OrganizationID
    /// Who is billed.
    public var customerID: CustomerID
    /// The client's account, once linked.
    public var accountID: AccountID?
    /// The gapless number; absent on drafts.
    public var number: String?
    /// As a document.
    public var status: InvoiceStatus
    /// As a debt.
    public var paymentStatus: InvoicePaymentStatus
    /// Of every amount here.
    public var currency: Currency
    /// Where its days begin.
    public var zone: Zone
    /// Fixed when it was issued.
    ///
    /// Minor units.
    public var totalMinor: Int64
    /// Received by every path, gross.
    ///
    /// Minor units.
    public var amountPaidMinor: Int64
    /// Given back.
    ///
    /// Minor units.
    public var amountRefundedMinor: Int64
    /// Taken off by credit notes.
    ///
    /// Minor units.
    public var amountCreditedMinor: Int64
    /// Open.
    ///
    /// Minor units.
    public var amountDueMinor: Int64
    /// The day it was issued.
    public var issueDate: CivilDate?
    /// The last day to pay.
    public var dueDate: CivilDate
    /// When it was made.
    public var createdAt: Instant
    /// When it was issued.
    public var finalizedAt: Instant?
    /// When nothing was open any more.
    public var paidAt: Instant?
    /// When it was cancelled.
    public var voidedAt: Instant?
    /// The series that made it.
    public var recurringInvoiceID: RecurringInvoiceID?
    /// The subscription that made it.
    public var subscriptionID: SubscriptionID?
    /// The wallet that it tops up.
    public var walletID: WalletID?
    /// The link; absent on drafts.
    public var payLink: PayLinkFacts?
    /// The lines in their order.
    public var lines: [InvoiceLineFacts]

    /// Says it.
    public init(
        invoiceID: InvoiceID, organizationID: OrganizationID, customerID: CustomerID,
        accountID: AccountID? = nil, number: String? = nil, status: InvoiceStatus,
        paymentStatus: InvoicePaymentStatus, currency: Currency, zone: Zone, totalMinor: Int64,
        amountPaidMinor: Int64, amountRefundedMinor: Int64, amountCreditedMinor: Int64, amountDueMinor: Int64,
        issueDate: CivilDate? = nil, dueDate: CivilDate, createdAt: Instant, finalizedAt: Instant? = nil,
        paidAt: Instant? = nil, voidedAt: Instant? = nil, recurringInvoiceID: RecurringInvoiceID? = nil,
        subscriptionID: SubscriptionID? = nil, walletID: WalletID? = nil, payLink: PayLinkFacts? = nil,
        lines: [InvoiceLineFacts]
    ) {
        self.invoiceID = invoiceID
        self.organizationID = organizationID
        self.customerID = customerID
        self.accountID = accountID
        self.number = number
        self.status = status
        self.paymentStatus = paymentStatus
        self.currency = currency
        self.zone = zone
        self.totalMinor = totalMinor
        self.amountPaidMinor = amountPaidMinor
        self.amountRefundedMinor = amountRefundedMinor
        self.amountCreditedMinor = amountCreditedMinor
        self.amountDueMinor = amountDueMinor
        self.issueDate = issueDate
        self.dueDate = dueDate
        self.createdAt = createdAt
        self.finalizedAt = finalizedAt
        self.paidAt = paidAt
        self.voidedAt = voidedAt
        self.recurringInvoiceID = recurringInvoiceID
        self.subscriptionID = subscriptionID
        self.walletID = walletID
        self.payLink = payLink
        self.lines = lines
    }
}

/// A draft exists.
public struct InvoiceCreated: EventPayload {
    /// `invoice.created.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("invoice.created.v1", of: "invoice")

    /// As it is now.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
    }
}

/// A draft has changed.
public struct InvoiceUpdated: EventPayload {
    /// `invoice.updated.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("invoice.updated.v1", of: "invoice")

    /// As it is now.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
    }
}

/// A draft is gone; this is what it was.
public struct InvoiceDeleted: EventPayload {
    /// `invoice.deleted.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("invoice.deleted.v1", of: "invoice")

    /// As it is now.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
    }
}

/// An invoice is issued.
public struct InvoiceFinalized: EventPayload {
    /// `invoice.finalized.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor(
        "invoice.finalized.v1", of: "invoice", mustReach: ["payment.invoice"])

    /// As it is now.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
    }
}

/// A mail with the invoice was asked for.
public struct InvoiceSent: EventPayload {
    /// `invoice.sent.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("invoice.sent.v1", of: "invoice")

    /// As it is now.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
    }
}

/// Some of it is paid.
public struct InvoicePartiallyPaid: EventPayload {
    /// `invoice.partially_paid.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("invoice.partially_paid.v1", of: "invoice")

    /// As it is now.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
    }
}

/// Nothing is open any more.
public struct InvoicePaid: EventPayload {
    /// `invoice.paid.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("invoice.paid.v1", of: "invoice")

    /// As it is now.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
    }
}

/// The due day has passed and something is open; said once.
public struct InvoiceOverdue: EventPayload {
    /// `invoice.overdue.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("invoice.overdue.v1", of: "invoice")

    /// As it is now.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
    }
}

/// It is cancelled.
public struct InvoiceVoided: EventPayload {
    /// `invoice.voided.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor(
        "invoice.voided.v1", of: "invoice", mustReach: ["payment.invoice"])

    /// As it is now.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
    }
}

/// The sender has given it up.
public struct InvoiceMarkedUncollectible: EventPayload {
    /// `invoice.marked_uncollectible.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("invoice.marked_uncollectible.v1", of: "invoice")

    /// As it is now.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
    }
}

/// The link was revoked or renewed.
public struct PayLinkChanged: EventPayload {
    /// `pay_link.changed.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor(
        "pay_link.changed.v1", of: "invoice", mustReach: ["payment.invoice"])

    /// As it is now.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
    }
}

/// The payment that an invoice received.
public struct AppliedPayment: Codable, Hashable, Sendable {
    /// The payment.
    public var paymentID: PaymentID
    /// What it brought for this invoice.
    ///
    /// Minor units.
    public var amountMinor: Int64
    /// `card`, `wallet`, `credit` or `manual`.
    public var method: String
    /// `link`, `button`, `autopay`, `standing_order` or `manual`.
    public var source: String

    /// Says it.
    public init(paymentID: PaymentID, amountMinor: Int64, method: String, source: String) {
        self.paymentID = paymentID
        self.amountMinor = amountMinor
        self.method = method
        self.source = source
    }
}

/// A payment is booked on an invoice; said once for each payment and invoice.
public struct InvoicePaymentApplied: EventPayload {
    /// `invoice.payment_applied.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("invoice.payment_applied.v1", of: "invoice")

    /// As it is now.
    public var invoice: InvoiceSnapshot
    /// What came.
    public var payment: AppliedPayment

    /// Says it.
    public init(invoice: InvoiceSnapshot, payment: AppliedPayment) {
        self.invoice = invoice
        self.payment = payment
    }
}

/// An invoice as it is, for projections that start or were lost; the sequence is that of the last event.
public struct InvoiceSnapshotTaken: EventPayload {
    /// `invoice.snapshot.v1` on `invoice.snapshots`.
    public static let descriptor = EventDescriptor("invoice.snapshot.v1", of: "invoice", on: .snapshots)

    /// As it is now.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
    }
}

/// A customer without name and address.
public struct CustomerFacts: Codable, Hashable, Sendable {
    /// The customer.
    public var customerID: CustomerID
    /// The organization.
    public var organizationID: OrganizationID
    /// Of invoices that name none.
    public var currency: Currency?
    /// The client's account, once linked.
    public var accountID: AccountID?

    /// Says it.
    public init(
        customerID: CustomerID, organizationID: OrganizationID, currency: Currency? = nil,
        accountID: AccountID? = nil
    ) {
        self.customerID = customerID
        self.organizationID = organizationID
        self.currency = currency
        self.accountID = accountID
    }
}

/// A sender has a new customer.
public struct CustomerCreated: EventPayload {
    /// `customer.created.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("customer.created.v1", of: "invoice")

    /// As they are now.
    public var customer: CustomerFacts

    /// Says it.
    public init(customer: CustomerFacts) {
        self.customer = customer
    }
}

/// A customer has changed.
public struct CustomerUpdated: EventPayload {
    /// `customer.updated.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("customer.updated.v1", of: "invoice")

    /// As they are now.
    public var customer: CustomerFacts

    /// Says it.
    public init(customer: CustomerFacts) {
        self.customer = customer
    }
}

/// A customer is now the account of a client.
public struct CustomerLinked: EventPayload {
    /// `customer.linked.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor(
        "customer.linked.v1", of: "invoice", mustReach: ["payment.invoice"])

    /// As they are now.
    public var customer: CustomerFacts

    /// Says it.
    public init(customer: CustomerFacts) {
        self.customer = customer
    }
}

/// A customer as they are, for projections that start or were lost.
public struct CustomerSnapshotTaken: EventPayload {
    /// `customer.snapshot.v1` on `invoice.snapshots`.
    public static let descriptor = EventDescriptor("customer.snapshot.v1", of: "invoice", on: .snapshots)

    /// As they are now.
    public var customer: CustomerFacts

    /// Says it.
    public init(customer: CustomerFacts) {
        self.customer = customer
    }
}

/// The name, address or language of a customer, as they are now.
public struct CustomerPersonChanged: EventPayload {
    /// `customer.person_changed.v1` on `invoice.private`.
    public static let descriptor = EventDescriptor("customer.person_changed.v1", of: "invoice", on: .private)

    /// The customer.
    public var customerID: CustomerID
    /// The organization.
    public var organizationID: OrganizationID
    /// Rises with each change; older ones are passed over.
    public var version: Int64
    /// As it is written on documents.
    public var name: String
    /// Where mails go.
    public var email: String?
    /// The postal address, in lines.
    public var address: String?
    /// A BCP 47 tag.
    public var language: String?

    /// Says it.
    public init(
        customerID: CustomerID, organizationID: OrganizationID, version: Int64, name: String,
        email: String? = nil, address: String? = nil, language: String? = nil
    ) {
        self.customerID = customerID
        self.organizationID = organizationID
        self.version = version
        self.name = name
        self.email = email
        self.address = address
        self.language = language
    }
}

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

    /// Says it.
    public init(
        mailID: MailID, kind: InvoiceMailKind, invoiceID: InvoiceID, organizationID: OrganizationID,
        customerID: CustomerID, number: String, title: String? = nil, to: String,
        recipientName: String? = nil, language: String? = nil, currency: Currency, amountDueMinor: Int64,
        dueDate: CivilDate, sealedLink: String, expiresAt: Instant
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
    }
}
