import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Sends an invoice with its pay link to the customer's address and to the contacts who get invoices.
struct SendInvoice: Sendable {
    let id: InvoiceID
    let organizationID: OrganizationID
    /// Whether a draft is issued first.
    let finalizesDraft: Bool
    let links: PayLinks
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> InvoiceChange {
        guard let locked = try InvoiceStore.lock(id, of: organizationID, in: tx) else {
            throw Problem.notFound
        }
        var invoice = locked
        var events: [OutgoingEvent] = []
        if locked.state == .draft, finalizesDraft {
            let finalized = try FinalizeInvoice(
                id: id, organizationID: organizationID, now: now, cause: cause
            )
            .run(locked, in: tx)
            invoice = finalized.invoice
            events = finalized.events
        }
        let before = invoice.counted
        let facts = try invoice.changing.apply(.send, at: now)
        guard let customer = try CustomerStore.find(invoice.customerID, of: organizationID, in: tx),
            !customer.invoiceRecipients.isEmpty
        else {
            throw InvoiceMails.nobodyToWriteTo
        }
        let organization = try CreateInvoice.organization(organizationID, in: tx)
        let lines = try InvoiceLineStore.lines(of: id, in: tx)
        events += InvoiceEvents(
            invoiceID: id, organizationID: organizationID,
            fixedMembers: InvoiceSnapshotWriter.fixedMembers(of: invoice, lines: lines), cause: cause
        ).events(facts, of: &invoice.changing)
        events += try InvoiceMails(organization: organization, links: links, now: now, cause: cause)
            .ask(for: [InvoiceMails.Letter(kind: .invoice, invoice: invoice, customer: customer)], in: tx)
        invoice.updatedAt = now
        try InvoiceStore.updateChanging(invoice, before: before, in: tx)
        return InvoiceChange(invoice: invoice, lines: lines, events: events)
    }
}
