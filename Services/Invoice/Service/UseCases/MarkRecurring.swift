import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Makes an invoice the first of a series: those that follow say the same.
///
/// What would have followed before today is not made up.
struct MarkRecurring: Sendable {
    let organizationID: OrganizationID
    let input: RecurringInput
    let now: Instant
    let cause: EventCause

    /// Begins a series with an invoice that is being made.
    func run(
        creating draft: CreateInvoice, in tx: borrowing Transaction
    ) throws -> (invoice: InvoiceChange, series: RecurringChange) {
        let id = RecurringInvoiceID.new(at: now)
        let rule = try rule(issuedOn: nil, in: tx)
        var draft = draft
        draft.occurrence = InvoiceOccurrence(recurringInvoiceID: id, date: rule.start)
        let made = try draft.run(in: tx)
        return (made, try begin(id, rule, with: made.invoice, made.lines, in: tx))
    }

    /// Begins a series with an invoice that is there.
    func run(_ invoiceID: InvoiceID, in tx: borrowing Transaction) throws -> RecurringChange {
        guard var invoice = try InvoiceStore.lock(invoiceID, of: organizationID, in: tx) else {
            throw Problem.notFound
        }
        guard invoice.particulars.occurrence == nil else { throw Self.isRecurring }
        guard invoice.state != .voided else { throw InvoiceRuleViolation.isVoided }
        let id = RecurringInvoiceID.new(at: now)
        let rule = try rule(issuedOn: invoice.issueDate, in: tx)
        invoice.particulars.occurrence = InvoiceOccurrence(recurringInvoiceID: id, date: rule.start)
        let lines = try InvoiceLineStore.lines(of: invoiceID, in: tx)
        let events = try rewrite(&invoice, lines, in: tx)
        let begun = try begin(id, rule, with: invoice, lines, in: tx)
        return RecurringChange(recurring: begun.recurring, events: events + begun.events)
    }

    static let isRecurring = Problem.conflict(
        "invoice_recurring", "The invoice belongs to a series already")

    private func rule(issuedOn date: CivilDate?, in tx: borrowing Transaction) throws -> RecurrenceRule {
        let organization = try CreateInvoice.organization(organizationID, in: tx)
        return try input.rule(startingOn: date, in: organization.zone, at: now)
    }

    /// The series becomes part of what events say of the invoice; only a draft's change is an event of its own.
    private func rewrite(
        _ invoice: inout Invoice, _ lines: [InvoiceLine], in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        try invoice.particulars.write(of: invoice, in: tx)
        let fixedMembers = InvoiceSnapshotWriter.fixedMembers(of: invoice, lines: lines)
        guard invoice.state == .draft else {
            try InvoiceStore.updateFixedMembers(fixedMembers, of: invoice.id, in: tx)
            return []
        }
        let facts = try invoice.changing.apply(.edit, at: now)
        invoice.updatedAt = now
        let events = InvoiceEvents(
            invoiceID: invoice.id, organizationID: organizationID, fixedMembers: fixedMembers, cause: cause
        ).events(facts, of: &invoice.changing)
        try InvoiceStore.updateDraft(invoice, in: tx)
        return events
    }

    private func begin(
        _ id: RecurringInvoiceID, _ rule: RecurrenceRule, with invoice: Invoice, _ lines: [InvoiceLine],
        in tx: borrowing Transaction
    ) throws -> RecurringChange {
        let from = invoice.issueDate ?? rule.zone.date(at: now)
        // Instalments of a series count from the day on which the whole would be due.
        let due = invoice.particulars.instalmentTerms?.firstDueDate ?? invoice.dueDate
        let terms = try input.terms(
            replacing: nil, dueAfterDays: max(0, due.daysSince1970 - from.daysSince1970))
        let content = try RecurringContent(of: invoice, lines: lines)
        _ = try content.preview(
            of: organizationID, due: due, sends: terms.sends, now: now, cause: cause, path: "",
            in: tx)
        var recurring = RecurringInvoice(
            id: id, organizationID: organizationID, customerID: invoice.customerID,
            content: content.document, terms: terms,
            series: RecurringSeries(rule: rule, followingFirstAfter: now), at: now)
        recurring.name = input.name
        recurring.externalID = input.externalID
        recurring.metadata = input.metadata
        recurring.lastDate = rule.start
        recurring.invoiceCount = 1
        let change = try CreateRecurring.save(recurring, cause: cause, in: tx)
        try RecurringStore.record(rule.start, of: id, invoice: invoice.id, at: now, in: tx)
        return change
    }
}
