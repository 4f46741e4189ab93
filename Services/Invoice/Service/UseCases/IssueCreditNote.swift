import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// What a use case did to a credit note and its invoice.
struct CreditNoteChange: Sendable {
    let note: CreditNote
    let invoice: Invoice
    let lines: [InvoiceLine]
    let events: [OutgoingEvent]
}

/// Takes back some of what an issued invoice asks for, by a document with a number of its own.
///
/// What is due goes down first. What lies beyond that was paid and goes back: the payment service finds it as surplus in
/// its own books, so a payment that arrives at the same moment is given back as well, once.
struct IssueCreditNote: Sendable {
    let invoiceID: InvoiceID
    let organizationID: OrganizationID
    let input: CreditNoteInput
    /// Whether the caller may give money back.
    let mayReturnMoney: Bool
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> CreditNoteChange {
        guard var invoice = try InvoiceStore.lock(invoiceID, of: organizationID, in: tx) else {
            throw Problem.notFound
        }
        let organization = try CreateInvoice.organization(organizationID, in: tx)
        let series = try NumberSeriesStore.find(.creditNote, of: organization, in: tx)
        let lines = try InvoiceLineStore.lines(of: invoiceID, in: tx)
        let earlier = try CreditNoteStore.standing(of: invoiceID, in: tx).map(\.amounts)
        let (counted, before) = (invoice.counted, invoice.changing.standing.amounts)
        let amounts = try CreditNoteCalculation(
            total: before.total, taxes: invoice.particulars.taxes, lines: lines, earlier: earlier
        ).amounts(of: try input.part(in: invoice.currency))
        let facts = try invoice.changing.apply(.credit(amounts.amount), at: now)
        let after = invoice.changing.standing.amounts
        let returned = after.excess - before.excess
        let settlement = try settlement(returned: returned)
        if settlement == .credit { invoice.changing.amountToCredit += returned }
        let today = invoice.zone.date(at: now)
        // The counter comes last: every other note of the organization waits for it.
        let note = CreditNote(
            id: CreditNoteID.new(at: now), organizationID: organizationID, invoiceID: invoiceID,
            customerID: invoice.customerID,
            number: try NumberSeriesStore.next(series, of: organizationID, on: today, in: tx),
            currency: invoice.currency, amounts: amounts, reduced: before.open - after.open,
            returned: returned, settlement: settlement, reason: input.reason, issueDate: today,
            createdAt: now)
        try CreditNoteStore.insert(note, in: tx)
        return try Self.save(
            &invoice, before: counted, lines, note, facts, now: now, cause: cause, in: tx)
    }

    /// Who decides nothing has the part beyond what is due refunded.
    private func settlement(returned: Int64) throws -> CreditNote.Settlement {
        guard returned > 0 else {
            guard input.settlement == nil || input.settlement == .reduce else {
                throw InvalidFields(
                    field: "settle", code: "nothing_to_return",
                    message: "All of this note lowers what is due: there is nothing to give back.")
            }
            return .reduce
        }
        guard input.settlement != .reduce else {
            throw InvalidFields(
                field: "settle", code: "exceeds_due",
                message: "This note is larger than what is due: say refund or credit.")
        }
        guard mayReturnMoney else {
            throw Problem.forbidden("Giving money back needs the permission payments.write.")
        }
        return input.settlement ?? .refund
    }

    static func save(
        _ invoice: inout Invoice, before: CountedInvoice, _ lines: [InvoiceLine], _ note: CreditNote,
        _ facts: [InvoiceFact], now: Instant, cause: EventCause, in tx: borrowing Transaction
    ) throws -> CreditNoteChange {
        let events = InvoiceEvents(
            invoiceID: invoice.id, organizationID: invoice.organizationID,
            fixedMembers: InvoiceSnapshotWriter.fixedMembers(of: invoice, lines: lines), cause: cause
        ).events(facts, of: &invoice.changing, creditNote: note)
        invoice.updatedAt = now
        try InvoiceStore.updateChanging(invoice, before: before, in: tx)
        return CreditNoteChange(note: note, invoice: invoice, lines: lines, events: events)
    }
}

/// Cancels a credit note that has only lowered what is due of an invoice that is still open.
struct VoidCreditNote: Sendable {
    let id: CreditNoteID
    let organizationID: OrganizationID
    let now: Instant
    let cause: EventCause

    static let isVoided = Problem.conflict("credit_note_voided", "The credit note is cancelled already")

    func run(in tx: borrowing Transaction) throws -> CreditNoteChange {
        let (found, locked) = try CreditNoteStore.lock(id, of: organizationID, in: tx)
        var (note, invoice) = (found, locked)
        guard note.voidedAt == nil else { throw Self.isVoided }
        guard note.reduced == note.amounts.amount else { throw InvoiceRuleViolation.creditSettled }
        let before = invoice.counted
        let facts = try invoice.changing.apply(.withdrawCredit(note.amounts.amount), at: now)
        let lines = try InvoiceLineStore.lines(of: invoice.id, in: tx)
        note.voidedAt = now
        try CreditNoteStore.void(id, at: now, in: tx)
        return try IssueCreditNote.save(
            &invoice, before: before, lines, note, facts, now: now, cause: cause, in: tx)
    }
}
