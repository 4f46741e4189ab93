import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Removes a draft; an issued invoice keeps its number for ever.
struct DeleteInvoice: Sendable {
    let id: InvoiceID
    let organizationID: OrganizationID
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> InvoiceChange {
        guard var invoice = try InvoiceStore.lock(id, of: organizationID, in: tx) else {
            throw Problem.notFound
        }
        let facts = try invoice.changing.apply(.delete, at: now)
        let lines = try InvoiceLineStore.lines(of: id, in: tx)
        let events = InvoiceEvents(
            invoiceID: id, organizationID: organizationID,
            fixedMembers: InvoiceSnapshotWriter.fixedMembers(of: invoice, lines: lines), cause: cause
        ).events(facts, of: &invoice.changing)
        try InvoiceStore.delete(invoice, in: tx)
        return InvoiceChange(invoice: invoice, lines: lines, events: events)
    }
}
