import EventContracts
import InvoiceDomain
import Messaging
import Postgres
import Primitives

/// The day of an invoice of a series has come.
///
/// The series stands at its next day, and each of its days is one row.
struct MakeRecurringInvoices: DueHandler {
    let links: PayLinks
    let outbox: Outbox
    let clock: any WallClock

    var kinds: Set<String> { [RecurringEvents.scheduleKind] }

    func handle(_ batch: [Received<ScheduleDue>], in tx: borrowing Transaction) throws {
        var dues: [RecurringInvoiceID: [Received<ScheduleDue>]] = [:]
        for due in batch {
            dues[RecurringInvoiceID(due.payload.scheduleID.raw), default: []].append(due)
        }
        let now = clock.now()
        let series = try RecurringStore.lock(Array(dues.keys), in: tx)
        guard series.count == dues.count else {
            throw HandlingFailure.permanent("a series of these timers is not known here")
        }
        var events: [OutgoingEvent] = []
        for stored in series {
            var recurring = stored
            var made: [OutgoingEvent] = []
            for due in (dues[stored.id] ?? []).sorted(by: { $0.payload.date < $1.payload.date }) {
                made += try MakeOccurrences(
                    links: links, now: now, cause: EventCause(following: due.envelope, clockTime: now)
                ).run(
                    &recurring, through: due.payload.date, generation: due.payload.generation, in: tx)
            }
            try AuditTrail.record(made, by: .service, of: stored.organizationID, at: now, in: tx)
            events += made
        }
        try outbox.write(events, in: tx)
    }
}
