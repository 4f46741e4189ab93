import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Says of one invoice, whatever its state, whether reminders are sent without being asked for.
struct ExemptFromReminders: Sendable {
    let id: InvoiceID
    let organizationID: OrganizationID
    let isReminded: Bool
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> InvoiceChange {
        guard var invoice = try InvoiceStore.lock(id, of: organizationID, in: tx) else {
            throw Problem.notFound
        }
        let lines = try InvoiceLineStore.lines(of: id, in: tx)
        guard invoice.particulars.isReminded != isReminded else {
            return InvoiceChange(invoice: invoice, lines: lines, events: [])
        }
        invoice.particulars.isReminded = isReminded
        invoice.updatedAt = now
        let events = InvoiceEvents(
            invoiceID: id, organizationID: organizationID,
            fixedMembers: InvoiceSnapshotWriter.fixedMembers(of: invoice, lines: lines), cause: cause
        ).events([.updated], of: &invoice.changing)
        try tx.send("UPDATE invoice_documents SET is_reminded = $2 WHERE invoice_id = $1", [id, isReminded])
        try InvoiceStore.updateChanging(invoice, before: invoice.counted, in: tx)
        return InvoiceChange(invoice: invoice, lines: lines, events: events)
    }
}
