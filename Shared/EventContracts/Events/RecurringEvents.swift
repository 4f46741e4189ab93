public import Primitives

/// Where a series of invoices stands.
public enum RecurringInvoiceStatus: String, Codable, Hashable, Sendable, CaseIterable {
    /// Its invoices are made on their days.
    case active
    /// Nothing is made until it is resumed.
    case paused
    /// The next invoice cannot be made until something is put right.
    case needsAttention = "needs_attention"
    /// Its last day has come.
    case finished
    /// It was ended.
    case cancelled
}

/// A series of invoices without its words.
public struct RecurringInvoiceFacts: Codable, Hashable, Sendable {
    /// The series.
    public var recurringInvoiceID: RecurringInvoiceID
    /// The organization.
    public var organizationID: OrganizationID
    /// Who is billed.
    public var customerID: CustomerID
    /// Where it stands.
    public var status: RecurringInvoiceStatus
    /// Why the next invoice cannot be made: a stable code.
    public var attentionCode: String?
    /// On which days it falls.
    public var rule: ScheduleRule
    /// Where days begin.
    public var zone: Zone
    /// The day of the next invoice; absent when none will be made.
    public var nextDate: CivilDate?
    /// The last day that was dealt with.
    public var lastDate: CivilDate?
    /// How many invoices were made.
    public var invoiceCount: Int64
    /// Days from an invoice to its last day to pay.
    public var dueAfterDays: Int
    /// Whether each invoice is issued at once.
    public var autoFinalize: Bool
    /// Whether each invoice is sent at once.
    public var autoSend: Bool

    /// Says it.
    public init(
        recurringInvoiceID: RecurringInvoiceID, organizationID: OrganizationID, customerID: CustomerID,
        status: RecurringInvoiceStatus, attentionCode: String? = nil, rule: ScheduleRule, zone: Zone,
        nextDate: CivilDate? = nil, lastDate: CivilDate? = nil, invoiceCount: Int64, dueAfterDays: Int,
        autoFinalize: Bool, autoSend: Bool
    ) {
        self.recurringInvoiceID = recurringInvoiceID
        self.organizationID = organizationID
        self.customerID = customerID
        self.status = status
        self.attentionCode = attentionCode
        self.rule = rule
        self.zone = zone
        self.nextDate = nextDate
        self.lastDate = lastDate
        self.invoiceCount = invoiceCount
        self.dueAfterDays = dueAfterDays
        self.autoFinalize = autoFinalize
        self.autoSend = autoSend
    }
}

/// A series of invoices is new, has moved on or has changed.
public struct RecurringInvoiceChanged: EventPayload {
    /// `recurring_invoice.changed.v1` on `invoice.events`.
    public static let descriptor = EventDescriptor("recurring_invoice.changed.v1", of: "invoice")

    /// As it is now.
    public var recurringInvoice: RecurringInvoiceFacts

    /// Says it.
    public init(recurringInvoice: RecurringInvoiceFacts) {
        self.recurringInvoice = recurringInvoice
    }
}

/// A series of invoices as it is, for those who rebuild their copies.
public struct RecurringInvoiceSnapshotTaken: EventPayload {
    /// `recurring_invoice.snapshot.v1` on `invoice.snapshots`.
    public static let descriptor = EventDescriptor(
        "recurring_invoice.snapshot.v1", of: "invoice", on: .snapshots)

    /// As it is now.
    public var recurringInvoice: RecurringInvoiceFacts

    /// Says it.
    public init(recurringInvoice: RecurringInvoiceFacts) {
        self.recurringInvoice = recurringInvoice
    }
}
