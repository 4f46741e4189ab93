import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Does one thing to an issued invoice that needs nothing but the rules: void it, give it up.
struct ChangeIssuedInvoice: Sendable {
    let id: InvoiceID
    let organizationID: OrganizationID
    let action: InvoiceAction
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> InvoiceChange {
        guard var invoice = try InvoiceStore.lock(id, of: organizationID, in: tx) else {
            throw Problem.notFound
        }
        let before = invoice.counted
        let facts = try invoice.changing.apply(action, at: now)
        let lines = try InvoiceLineStore.lines(of: id, in: tx)
        let events = InvoiceEvents(
            invoiceID: id, organizationID: organizationID,
            fixedMembers: InvoiceSnapshotWriter.fixedMembers(of: invoice, lines: lines), cause: cause
        ).events(facts, of: &invoice.changing)
        invoice.updatedAt = now
        if facts.contains(.voided), invoice.particulars.coupon != nil {
            try CouponStore.giveBack(of: id, at: now, in: tx)
        }
        try InvoiceStore.updateChanging(invoice, before: before, in: tx)
        return InvoiceChange(invoice: invoice, lines: lines, events: events)
    }
}
