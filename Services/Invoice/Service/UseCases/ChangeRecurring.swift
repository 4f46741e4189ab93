import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Does one thing to a series: pause, resume, skip a day, end.
struct ChangeRecurring: Sendable {
    /// What can be done to it.
    enum Action: Sendable, Hashable {
        case pause
        /// With what becomes of the days on which nothing was made.
        case resume(MissedDays?)
        /// A day, or the next.
        case skip(CivilDate?)
        case cancel
    }

    let id: RecurringInvoiceID
    let organizationID: OrganizationID
    let action: Action
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> RecurringChange {
        guard var recurring = try RecurringStore.find(id, of: organizationID, locked: true, in: tx) else {
            throw Problem.notFound
        }
        let generation = recurring.series.generation
        switch action {
        case .pause: try recurring.series.pause()
        case .resume(let missed):
            // What was paused was not wanted; what could not be made is still owed.
            let usual: MissedDays = recurring.series.state == .needsAttention ? .makeUp : .skip
            try recurring.series.resume(missed ?? usual, at: now)
        case .skip(let date): try recurring.series.skip(date)
        case .cancel: try recurring.series.cancel()
        }
        return try Self.save(&recurring, timedAs: generation, at: now, cause: cause, in: tx)
    }

    /// Writes a changed series, and tells the scheduler where it has to know.
    static func save(
        _ recurring: inout RecurringInvoice, timedAs generation: Int64, at now: Instant, cause: EventCause,
        in tx: borrowing Transaction
    ) throws -> RecurringChange {
        if recurring.series.state != .needsAttention { recurring.attention = nil }
        recurring.updatedAt = now
        let writer = RecurringEvents(cause: cause)
        var events = [try writer.changed(&recurring)]
        if recurring.series.generation != generation { events += try writer.timing(recurring) }
        try RecurringStore.update(recurring, in: tx)
        return RecurringChange(recurring: recurring, events: events)
    }
}

/// Changes what the invoices of a series say, and when they are made, from the next one on.
struct UpdateRecurring: Sendable {
    let id: RecurringInvoiceID
    let organizationID: OrganizationID
    let input: RecurringInput
    let content: RecurringContent?
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> RecurringChange {
        guard var recurring = try RecurringStore.find(id, of: organizationID, locked: true, in: tx) else {
            throw Problem.notFound
        }
        let generation = recurring.series.generation
        let rule = try input.rule(replacing: recurring.series)
        if let rule { try checkStart(of: rule, recurring) }
        try recurring.series.change(to: rule)
        recurring.name = input.name ?? recurring.name
        recurring.externalID = input.externalID ?? recurring.externalID
        recurring.metadata = input.metadata ?? recurring.metadata
        recurring.terms = try input.terms(replacing: recurring.terms, dueAfterDays: nil)
        recurring.content = content?.document ?? recurring.content
        recurring.customerID = content?.customerID ?? recurring.customerID
        let organization = try CreateInvoice.organization(organizationID, in: tx)
        let today = organization.zone.date(at: now)
        _ = try RecurringContent(stored: recurring.content).preview(
            of: organizationID,
            due: recurring.dueDate(of: recurring.series.next?.date ?? today, today: today),
            sends: recurring.terms.sends, now: now, cause: cause, path: "invoice.", in: tx)
        return try ChangeRecurring.save(&recurring, timedAs: generation, at: now, cause: cause, in: tx)
    }

    /// A day that was dealt with does not come again.
    private func checkStart(of rule: RecurrenceRule, _ recurring: RecurringInvoice) throws(InvalidFields) {
        let today = rule.zone.date(at: now)
        try input.checkStart(notBefore: max(today, recurring.lastDate?.adding(days: 1) ?? today))
    }
}
