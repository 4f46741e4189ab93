public import Primitives

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

/// A mail that asks for it again was asked for.
public struct InvoiceReminded: EventPayload {
    /// `invoice.reminded.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("invoice.reminded.v1", of: "invoice")

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
    /// What brought it about.
    public var source: PaymentSource

    /// Says it.
    public init(paymentID: PaymentID, amountMinor: Int64, method: String, source: PaymentSource) {
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

/// What a person has paid is booked: the answer that the payment service keeps that person waiting for.
///
/// Payments that nobody waits for are told by `InvoicePaymentApplied` alone.
public struct InvoicePaymentAcknowledged: EventPayload {
    /// `invoice.payment_acknowledged.v1` on `invoice.private`.
    public static let descriptor = EventDescriptor(
        "invoice.payment_acknowledged.v1", of: "invoice", on: .private)

    /// As it is now; the sequence is that of its last public event.
    public var invoice: InvoiceSnapshot

    /// Says it.
    public init(invoice: InvoiceSnapshot) {
        self.invoice = invoice
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
