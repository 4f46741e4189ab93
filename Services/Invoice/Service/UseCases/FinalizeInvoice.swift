import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Issues a draft: its total is fixed, it gets the next number, and its pay link begins to live.
struct FinalizeInvoice: Sendable {
    let id: InvoiceID
    let organizationID: OrganizationID
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> InvoiceChange {
        guard let invoice = try InvoiceStore.lock(id, of: organizationID, in: tx) else {
            throw Problem.notFound
        }
        return try run(invoice, in: tx)
    }

    /// Issues an invoice that is locked already.
    func run(_ draft: Invoice, in tx: borrowing Transaction) throws -> InvoiceChange {
        var invoice = draft
        let organization = try CreateInvoice.organization(organizationID, in: tx)
        let lines = try InvoiceLineStore.lines(of: id, in: tx)
        // The total is computed again: what is issued is what the lines say.
        let standing = invoice.changing.standing
        invoice.changing.standing = InvoiceStanding(
            state: standing.state, amounts: InvoiceAmounts(total: try InvoiceLine.total(of: lines)))
        let facts = try invoice.changing.apply(.finalize(lineCount: lines.count), at: now)
        invoice.issueDate = invoice.zone.date(at: now)
        invoice.finalizedAt = now
        invoice.updatedAt = now
        invoice.changing.payLink.isOneTime = organization.payLinkTerms.isOneTime
        invoice.changing.payLink.expiresAt = organization.payLinkTerms.expiry(
            dueDate: invoice.dueDate, zone: invoice.zone)
        // The counter comes last: every other invoice of the organization waits for it.
        let count = try InvoiceStore.nextCount(of: organizationID, in: tx)
        invoice.number = InvoiceNumber(prefix: organization.invoicePrefix, count: count).text
        let fixedMembers = InvoiceSnapshotWriter.fixedMembers(of: invoice, lines: lines)
        let events = InvoiceEvents(
            invoiceID: id, organizationID: organizationID, fixedMembers: fixedMembers, cause: cause
        ).events(facts, of: &invoice.changing)
        try InvoiceStore.updateIssued(invoice, fixedMembers: fixedMembers, in: tx)
        return InvoiceChange(invoice: invoice, lines: lines, events: events)
    }
}
