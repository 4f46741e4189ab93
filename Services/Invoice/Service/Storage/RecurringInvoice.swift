import InvoiceDomain
import Postgres
import Primitives

/// A series of invoices as it is stored.
struct RecurringInvoice: Sendable {
    /// Why the next invoice could not be made.
    struct Attention: Sendable, Hashable {
        let code: String
        let detail: String
    }

    let id: RecurringInvoiceID
    let organizationID: OrganizationID
    var customerID: CustomerID
    var externalID: String?
    var name: String?
    var metadata: JSONB?
    /// What each invoice says, as it was asked for.
    var content: JSONB
    var terms: Terms
    var series: RecurringSeries
    var attention: Attention?
    /// The last day that was dealt with.
    var lastDate: CivilDate?
    var invoiceCount: Int64
    /// Of the last public event.
    var sequence: Int64
    let createdAt: Instant
    var updatedAt: Instant

    /// How each invoice is made.
    struct Terms: Sendable, Hashable {
        var dueAfterDays: Int
        var finalizes: Bool
        var sends: Bool
    }

    /// The columns in the order in which `init(_:)` reads them.
    static let columns = """
        id, organization_id, customer_id, external_id, name, metadata, content, due_after_days, auto_finalize, auto_send, \
        status, attention_code, attention_detail, start_date, local_time, zone, every, unit, anchor_day, until_date, \
        max_count, next_position, skipped, last_date, invoice_count, generation, sequence, created_at, updated_at
        """

    init(_ row: Row) throws(PostgresError) {
        id = try row[0]
        organizationID = try row[1]
        customerID = try row[2]
        externalID = try row[3]
        name = try row[4]
        metadata = try row[5]
        content = try row[6]
        terms = Terms(dueAfterDays: try row[7], finalizes: try row[8], sends: try row[9])
        if let code = try row.get(11, as: String?.self) {
            attention = Attention(code: code, detail: try row.get(12, as: String?.self) ?? "")
        }
        series = RecurringSeries(
            state: try row[10], rule: try Self.rule(row), position: try row[21],
            skipped: Set(try row.get(22, as: [CivilDate].self)), generation: try row[25])
        lastDate = try row[23]
        invoiceCount = try row[24]
        sequence = try row[26]
        createdAt = try row[27]
        updatedAt = try row[28]
    }

    private static func rule(_ row: Row) throws(PostgresError) -> RecurrenceRule {
        let (start, time) = (try row.get(13, as: CivilDate.self), try row.get(14, as: CivilTime.self))
        let zone = try Invoice.zone(try row[15])
        let (every, unit) = (try row.get(16, as: Int.self), try row.get(17, as: RecurrenceUnit.self))
        let anchorDay = unit.hasAnchorDay ? try row.get(18, as: Int?.self) : nil
        let (until, count) = (try row.get(19, as: CivilDate?.self), try row.get(20, as: Int?.self))
        do throws(RecurrenceViolation) {
            return try RecurrenceRule(
                start: start, time: time, zone: zone, every: every, unit: unit, anchorDay: anchorDay,
                until: until, count: count)
        } catch {
            throw PostgresError(code: .decoding, message: "the stored rule means nothing")
        }
    }

    /// A new series, not stored yet.
    init(
        id: RecurringInvoiceID, organizationID: OrganizationID, customerID: CustomerID, content: JSONB,
        terms: Terms, series: RecurringSeries, at now: Instant
    ) {
        self.id = id
        self.organizationID = organizationID
        self.customerID = customerID
        self.content = content
        self.terms = terms
        self.series = series
        invoiceCount = 0
        sequence = 0
        createdAt = now
        updatedAt = now
    }

    /// The timer that tells when its days have come.
    var scheduleID: ScheduleID { Self.scheduleID(of: id) }

    static func scheduleID(of id: RecurringInvoiceID) -> ScheduleID { ScheduleID(id.raw) }

    /// The last day on which an invoice falls due that is made now for a day.
    func dueDate(of date: CivilDate, today: CivilDate) -> CivilDate {
        // Who gets an invoice late has as long as everybody else.
        max(date, today).adding(days: terms.dueAfterDays)
    }
}
