import EventContracts
import HTTPServer
import InvoiceDomain
import Messaging
import Postgres
import Primitives

/// Asks for mails that remind of open invoices: decided under the locks of the invoices, at most one a day for each, and
/// one for each rule.
struct RemindOfInvoices: Sendable {
    let organization: Organization
    let links: PayLinks
    let now: Instant
    let cause: EventCause

    /// Reminds by a rule of those of the invoices that are to be reminded of.
    func run(
        _ ids: [InvoiceID], by step: ReminderRules.Step, on day: CivilDate, in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        let invoices = try InvoiceStore.lock(ids, in: tx)
        let customers = try CustomerStore.find(invoices.map(\.customerID), in: tx)
        let circumstances = try ReminderStore.circumstances(of: ids, in: tx)
        let chosen = invoices.compactMap { invoice -> (kind: ReminderKind, letter: InvoiceMails.Letter)? in
            guard let customer = customers[invoice.customerID], let known = circumstances[invoice.id],
                known.wasSent, Self.mayRemind(of: invoice, to: customer, by: step)
            else { return nil }
            let kind = ReminderKind(daysAfterDue: step.days, isAutopay: known.isAutopay)
            return (kind, InvoiceMails.Letter(kind: kind.mail, invoice: invoice, customer: customer))
        }
        let entries = chosen.map { kind, letter in
            ReminderStore.Entry(
                invoiceID: letter.invoice.id, kind: kind, dueDate: step.dueDate, rule: step.days)
        }
        let fresh = try ReminderStore.insert(entries, on: day, at: now, in: tx)
        return try send(chosen.map(\.letter).filter { fresh.contains($0.invoice.id) }, in: tx)
    }

    /// What was issued after the day of the rule is not reminded of by it.
    private static func mayRemind(
        of invoice: Invoice, to customer: Customer, by step: ReminderRules.Step
    ) -> Bool {
        guard let issued = invoice.issueDate, issued < step.day else { return false }
        let standing = invoice.changing.standing
        return standing.state == .finalized && !standing.isProcessing && invoice.nextDueDate == step.dueDate
            && invoice.particulars.isReminded && customer.details.isReminded
            && !customer.invoiceRecipients.isEmpty
    }

    /// Reminds of one invoice because a person says so.
    func run(_ id: InvoiceID, in tx: borrowing Transaction) throws -> InvoiceChange {
        guard var invoice = try InvoiceStore.lock(id, of: organization.id, in: tx) else {
            throw Problem.notFound
        }
        // The rules speak before anything is written.
        _ = try invoice.changing.standing.applying(.remind)
        guard let customer = try CustomerStore.find(invoice.customerID, of: organization.id, in: tx),
            !customer.invoiceRecipients.isEmpty
        else { throw InvoiceMails.nobodyToWriteTo }
        let today = organization.zone.date(at: now)
        let isAutopay = try ReminderStore.circumstances(of: [id], in: tx)[id]?.isAutopay ?? false
        let kind = ReminderKind(
            daysAfterDue: today.daysSince1970 - invoice.nextDueDate.daysSince1970, isAutopay: isAutopay)
        let entry = ReminderStore.Entry(invoiceID: id, kind: kind, dueDate: invoice.nextDueDate, rule: nil)
        guard try !ReminderStore.insert([entry], on: today, at: now, in: tx).isEmpty else {
            throw remindedToday(today)
        }
        let events = try send(
            [InvoiceMails.Letter(kind: kind.mail, invoice: invoice, customer: customer)], in: tx)
        _ = try invoice.changing.apply(.remind, at: now)
        invoice.updatedAt = now
        return InvoiceChange(
            invoice: invoice, lines: try InvoiceLineStore.lines(of: id, in: tx), events: events)
    }

    private func remindedToday(_ today: CivilDate) -> Problem {
        let wait = organization.zone.startOfDay(today.adding(days: 1)).seconds - now.seconds
        return Problem(
            status: 429, code: "reminded_today", title: "A reminder of this invoice was sent today",
            headers: ["Retry-After": String(max(1, wait))])
    }

    private func send(_ letters: [InvoiceMails.Letter], in tx: borrowing Transaction) throws
        -> [OutgoingEvent]
    {
        guard !letters.isEmpty else { return [] }
        let ids = letters.map(\.invoice.id)
        var batch = try InvoiceBatch(ids, at: now, in: tx)
        for id in ids { try batch.apply(.remind, to: id, cause: cause) }
        let events = try batch.write(in: tx)
        return events
            + (try InvoiceMails(organization: organization, links: links, now: now, cause: cause)
                .ask(for: letters, in: tx))
    }
}

extension ReminderKind {
    /// The mail that says it.
    fileprivate var mail: InvoiceMailKind {
        switch self {
        case .announcement: .announcement
        case .reminder: .reminder
        case .overdue: .overdue
        }
    }
}
