import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// What a use case did to a series, and the events that tell it.
struct RecurringChange: Sendable {
    let recurring: RecurringInvoice
    let events: [OutgoingEvent]
}

/// Begins a series whose first invoice is still to be made.
struct CreateRecurring: Sendable {
    let organizationID: OrganizationID
    let input: RecurringInput
    let content: RecurringContent
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> RecurringChange {
        let (recurring, _) = try plan(in: tx)
        return try Self.save(recurring, cause: cause, in: tx)
    }

    /// What it would be, with its first invoice; nothing is written.
    func plan(in tx: borrowing Transaction) throws -> (RecurringInvoice, InvoiceChange) {
        let organization = try CreateInvoice.organization(organizationID, in: tx)
        let rule = try input.rule(startingOn: nil, in: organization.zone, at: now)
        try input.checkStart(notBefore: rule.zone.date(at: now))
        let terms = try input.terms(replacing: nil, dueAfterDays: nil)
        var recurring = RecurringInvoice(
            id: RecurringInvoiceID.new(at: now), organizationID: organizationID,
            customerID: content.customerID, content: content.document, terms: terms,
            series: RecurringSeries(rule: rule), at: now)
        recurring.name = input.name
        recurring.externalID = input.externalID
        recurring.metadata = input.metadata
        let first = try content.preview(
            of: organizationID,
            due: recurring.dueDate(of: rule.start, today: organization.zone.date(at: now)),
            sends: terms.sends, now: now, cause: cause, path: "invoice.", in: tx)
        return (recurring, first)
    }

    /// Writes a new series and asks for its timer.
    static func save(
        _ new: RecurringInvoice, cause: EventCause, in tx: borrowing Transaction
    ) throws -> RecurringChange {
        var recurring = new
        let writer = RecurringEvents(cause: cause)
        var events = [try writer.changed(&recurring)]
        if recurring.series.state == .active { events += try writer.timing(recurring) }
        try RecurringStore.insert(recurring, in: tx)
        return RecurringChange(recurring: recurring, events: events)
    }
}
