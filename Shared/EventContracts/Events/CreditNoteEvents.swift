public import Primitives

/// A credit note without its words.
public struct CreditNoteFacts: Codable, Hashable, Sendable {
    /// The note.
    public var creditNoteID: CreditNoteID
    /// Its gapless number.
    public var number: String
    /// What it takes back, tax included.
    ///
    /// Minor units.
    public var amountMinor: Int64
    /// The tax in it.
    ///
    /// Minor units.
    public var taxMinor: Int64
    /// `reduce`, `refund` or `credit`: what was decided for the part beyond what was due.
    public var settle: String
    /// That part, as known when the note was issued; the books of the payment service decide.
    ///
    /// Minor units.
    public var returnedMinor: Int64

    /// Says it.
    public init(
        creditNoteID: CreditNoteID, number: String, amountMinor: Int64, taxMinor: Int64, settle: String,
        returnedMinor: Int64
    ) {
        self.creditNoteID = creditNoteID
        self.number = number
        self.amountMinor = amountMinor
        self.taxMinor = taxMinor
        self.settle = settle
        self.returnedMinor = returnedMinor
    }
}

/// A credit note took back some of what an invoice asked for.
public struct CreditNoteIssued: EventPayload {
    /// `credit_note.issued.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor(
        "credit_note.issued.v1", of: "invoice", mustReach: ["payment.invoice"])

    /// As it is now; the sequence is its own.
    public var invoice: InvoiceSnapshot
    /// The note.
    public var creditNote: CreditNoteFacts

    /// Says it.
    public init(invoice: InvoiceSnapshot, creditNote: CreditNoteFacts) {
        self.invoice = invoice
        self.creditNote = creditNote
    }
}

/// A mail with a credit note was asked for.
public struct CreditNoteSent: EventPayload {
    /// `credit_note.sent.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("credit_note.sent.v1", of: "invoice")

    /// As it is now; the sequence is its own.
    public var invoice: InvoiceSnapshot
    /// The note.
    public var creditNote: CreditNoteFacts

    /// Says it.
    public init(invoice: InvoiceSnapshot, creditNote: CreditNoteFacts) {
        self.invoice = invoice
        self.creditNote = creditNote
    }
}

/// A credit note that had only lowered what was due is cancelled: it is due again.
public struct CreditNoteVoided: EventPayload {
    /// `credit_note.voided.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor(
        "credit_note.voided.v1", of: "invoice", mustReach: ["payment.invoice"])

    /// As it is now; the sequence is its own.
    public var invoice: InvoiceSnapshot
    /// The note.
    public var creditNote: CreditNoteFacts

    /// Says it.
    public init(invoice: InvoiceSnapshot, creditNote: CreditNoteFacts) {
        self.invoice = invoice
        self.creditNote = creditNote
    }
}
