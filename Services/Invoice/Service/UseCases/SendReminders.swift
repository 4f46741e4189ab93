import EventContracts
import InvoiceDomain
import Messaging
import Postgres
import Primitives

/// Reminds of the invoices for which the day that has come is the day of a rule.
struct SendReminders: Sendable {
    let links: PayLinks
    let outbox: Outbox
    let now: Instant
    /// How many invoices are looked at in one transaction.
    let limit: Int

    /// Deals with the next invoices, one due date at a time; nil when there are no more.
    func run(_ timer: DailyTimer, in tx: borrowing Transaction) throws -> DailyTimer.Place? {
        let rules = try ReminderRuleStore.find(timer.organizationID, in: tx).rules
        let steps = rules.steps(after: timer.done, through: timer.come).filter { step in
            timer.reached.map { $0.dueDate <= step.dueDate } ?? true
        }
        guard let step = steps.first else { return nil }
        let last = timer.reached.flatMap { $0.dueDate == step.dueDate ? $0.invoiceID : nil }
        let ids = try ReminderStore.due(
            on: step.dueDate, of: timer.organizationID, after: last, limit: limit, in: tx)
        if !ids.isEmpty, let organization = try Organization.find(timer.organizationID, in: tx) {
            let events = try RemindOfInvoices(
                organization: organization, links: links, now: now,
                cause: EventCause(traceparent: nil, clockTime: now)
            ).run(ids, by: step, on: timer.come, in: tx)
            try AuditTrail.record(events, by: .service, of: timer.organizationID, at: now, in: tx)
            try outbox.write(events, in: tx)
        }
        if ids.count == limit { return DailyTimer.Place(dueDate: step.dueDate, invoiceID: ids.last) }
        return steps.dropFirst().first.map { DailyTimer.Place(dueDate: $0.dueDate, invoiceID: nil) }
    }
}
