import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Sends a credit note to everybody who gets the mails about its invoice.
struct SendCreditNote: Sendable {
    let id: CreditNoteID
    let organizationID: OrganizationID
    let links: PayLinks
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> CreditNoteChange {
        let (found, locked) = try CreditNoteStore.lock(id, of: organizationID, in: tx)
        var (note, invoice) = (found, locked)
        guard note.voidedAt == nil else { throw VoidCreditNote.isVoided }
        guard let customer = try CustomerStore.find(invoice.customerID, of: organizationID, in: tx),
            !customer.invoiceRecipients.isEmpty
        else { throw InvoiceMails.nobodyToWriteTo }
        note.sentAt = now
        try CreditNoteStore.noteSent(id, at: now, in: tx)
        let lines = try InvoiceLineStore.lines(of: invoice.id, in: tx)
        let change = try IssueCreditNote.save(
            &invoice, before: invoice.counted, lines, note, [.creditSent], now: now, cause: cause, in: tx)
        let organization = try CreateInvoice.organization(organizationID, in: tx)
        let mails = try InvoiceMails(organization: organization, links: links, now: now, cause: cause).ask(
            for: [
                InvoiceMails.Letter(
                    kind: .creditNote, invoice: invoice, customer: customer, creditNote: note)
            ], in: tx)
        return CreditNoteChange(
            note: note, invoice: change.invoice, lines: lines, events: change.events + mails)
    }
}
