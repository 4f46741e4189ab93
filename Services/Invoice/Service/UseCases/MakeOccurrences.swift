import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Makes the invoices of a series whose days have come, the oldest first, each once.
struct MakeOccurrences: Sendable {
    let links: PayLinks
    let now: Instant
    let cause: EventCause

    /// How many days one timer makes up at the most, so that a transaction stays short; then the scheduler begins anew.
    static let catchUpMaximum = 24

    /// Deals with every day up to the one that has come.
    ///
    /// Days that were dealt with are not touched, so repeated and reordered timers change nothing. One that is missing is
    /// made up: the scheduler says that its day has come by saying it of a later one.
    func run(
        _ recurring: inout RecurringInvoice, through date: CivilDate, generation: Int64,
        in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        guard recurring.series.accepts(generation: generation) else { return [] }
        var events: [OutgoingEvent] = []
        var dealtWith = 0
        while recurring.series.state == .active, let next = recurring.series.next, next.date <= date {
            if dealtWith == Self.catchUpMaximum {
                recurring.series.restart()
                break
            }
            dealtWith += 1
            events += try deal(with: next, of: &recurring, in: tx)
        }
        guard dealtWith > 0 else { return [] }
        return events
            + (try ChangeRecurring.save(&recurring, timedAs: generation, at: now, cause: cause, in: tx))
            .events
    }

    private func deal(
        with occurrence: RecurringSeries.Occurrence, of recurring: inout RecurringInvoice,
        in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        var made: InvoiceChange?
        if !occurrence.isSkipped {
            // What was written for an invoice that cannot be made is taken back, its number as well.
            try tx.send("SAVEPOINT occurrence")
            do {
                made = try invoice(of: recurring, on: occurrence.date, in: tx)
                try tx.send("RELEASE SAVEPOINT occurrence")
            } catch {
                guard let reason = RecurringInvoice.Attention(error) else { throw error }
                try tx.send("ROLLBACK TO SAVEPOINT occurrence")
                recurring.series.block()
                recurring.attention = reason
                return []
            }
        }
        try RecurringStore.record(
            occurrence.date, of: recurring.id, invoice: made?.invoice.id, at: now, in: tx)
        recurring.lastDate = occurrence.date
        if made != nil { recurring.invoiceCount += 1 }
        recurring.series.pass()
        return made?.events ?? []
    }

    private func invoice(
        of recurring: RecurringInvoice, on date: CivilDate, in tx: borrowing Transaction
    ) throws -> InvoiceChange {
        let organizationID = recurring.organizationID
        let organization = try CreateInvoice.organization(organizationID, in: tx)
        var input = try RecurringContent(stored: recurring.content).input
        input.dueDate = .day(recurring.dueDate(of: date, today: organization.zone.date(at: now)))
        let draft = try CreateInvoice(
            organizationID: organizationID, input: input, now: now, cause: cause,
            occurrence: InvoiceOccurrence(recurringInvoiceID: recurring.id, date: date)
        ).run(in: tx)
        guard recurring.terms.finalizes else { return draft }
        let id = draft.invoice.id
        let issued = try FinalizeInvoice(
            id: id, organizationID: organizationID, now: now, cause: cause
        ).run(in: tx)
        let events = draft.events + issued.events
        // What asks for nothing is paid when it is issued, and there is nothing to send.
        guard recurring.terms.sends, issued.invoice.state == .finalized else {
            return InvoiceChange(invoice: issued.invoice, lines: issued.lines, events: events)
        }
        let sent = try SendInvoice(
            id: id, organizationID: organizationID, finalizesDraft: false, links: links, now: now,
            cause: cause
        ).run(in: tx)
        return InvoiceChange(invoice: sent.invoice, lines: sent.lines, events: events + sent.events)
    }
}

extension RecurringInvoice.Attention {
    /// What a sender can put right; nil for what is not about the invoice.
    init?(_ error: any Error) {
        switch error {
        case let invalid as InvalidFields:
            guard let first = invalid.errors.first else { return nil }
            self.init(code: first.code, detail: "\(first.field): \(first.message)")
        case let refusal as CouponRefusal: self.init(code: refusal.rawValue, detail: refusal.sentence)
        case let violation as InvoiceRuleViolation:
            guard let problem = InvoiceProblems.rule(violation) else { return nil }
            self.init(code: problem.code, detail: problem.title)
        case let problem as Problem where (400..<500).contains(problem.status):
            self.init(code: problem.code, detail: problem.title)
        default: return nil
        }
    }
}
