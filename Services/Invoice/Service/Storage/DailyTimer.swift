import Postgres
import Primitives

/// One of the two timers that go off every day in an organization's zone, and how far the work of the days has got.
struct DailyTimer: Sendable, Hashable {
    /// What is done when it goes off; the scheduler gives it back as the kind of the timer.
    enum Kind: String, Sendable, Hashable, CaseIterable {
        /// At the beginning of the day: open invoices that were due before it are overdue.
        case overdue
        /// At the hour that the organization has chosen: reminders.
        case reminders
    }

    /// The last invoice that was looked at, in the order of due dates and ids.
    struct Place: Sendable, Hashable {
        let dueDate: CivilDate
        /// Nil where no invoice with this due date was looked at.
        let invoiceID: InvoiceID?
    }

    let scheduleID: ScheduleID
    let organizationID: OrganizationID
    let kind: Kind
    /// The last day that has come.
    let come: CivilDate
    /// The last day whose work is done.
    let done: CivilDate
    let reached: Place?

    static let columns = "schedule_id, organization_id, kind, come, done, reached_date, reached_id"

    init(_ row: Row) throws(PostgresError) {
        scheduleID = try row[0]
        organizationID = try row[1]
        kind = try row[2]
        come = try row[3]
        done = try row[4]
        let (date, id): (CivilDate?, InvoiceID?) = (try row[5], try row[6])
        reached = date.map { Place(dueDate: $0, invoiceID: id) }
    }
}

extension DailyTimer.Kind: PostgresCodable {}
