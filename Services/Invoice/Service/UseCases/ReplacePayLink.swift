import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Lets the pay links of an invoice that were handed out die, and says how long the next ones live.
struct ReplacePayLink: Sendable {
    /// How long the next links live.
    enum Life: Sendable {
        /// As the ones before: who revokes a link does not prolong it.
        case asBefore
        /// Until a moment, or as long as the organization's terms say; nil leaves what is said about payments.
        case renewed(until: Instant?, isOneTime: Bool?)
    }

    let id: InvoiceID
    let organizationID: OrganizationID
    let life: Life
    let now: Instant
    let cause: EventCause

    /// - Throws: `Problem` 404 for an invoice that is not there, `InvoiceRuleViolation` for one that nobody has to pay.
    func run(in tx: borrowing Transaction) throws -> InvoiceChange {
        guard let invoice = try InvoiceStore.lock(id, of: organizationID, in: tx) else {
            throw Problem.notFound
        }
        return try run(invoice, in: tx)
    }

    /// Replaces the link of an invoice that is locked already.
    func run(_ locked: Invoice, in tx: borrowing Transaction) throws -> InvoiceChange {
        var invoice = locked
        let before = invoice.counted
        let facts = try invoice.changing.apply(.replaceLink, at: now)
        if case .renewed(let end, let isOneTime) = life {
            let terms = try CreateInvoice.organization(organizationID, in: tx).payLinkTerms
            invoice.changing.payLink.expiresAt =
                end ?? terms.expiry(renewedAt: now, dueDate: invoice.dueDate, zone: invoice.zone)
            invoice.changing.payLink.isOneTime = isOneTime ?? invoice.changing.payLink.isOneTime
        }
        invoice.updatedAt = now
        let lines = try InvoiceLineStore.lines(of: id, in: tx)
        let events = InvoiceEvents(
            invoiceID: id, organizationID: organizationID,
            fixedMembers: InvoiceSnapshotWriter.fixedMembers(of: invoice, lines: lines), cause: cause
        ).events(facts, of: &invoice.changing)
        try InvoiceStore.updateChanging(invoice, before: before, in: tx)
        return InvoiceChange(invoice: invoice, lines: lines, events: events)
    }
}
