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
        let stored = try InvoiceLineStore.lines(of: id, in: tx)
        var lines = stored
        // Everything is computed again, with the rates as they are: what is issued is what the lines say.
        try PriceInvoice(organizationID: organizationID, occasion: .storedLines).run(&invoice, &lines, in: tx)
        if invoice.taxStatus != .taxable { invoice.particulars.taxStatus = invoice.taxStatus }
        let facts = try invoice.changing.apply(.finalize(lineCount: lines.count), at: now)
        let today = invoice.zone.date(at: now)
        invoice.issueDate = today
        invoice.finalizedAt = now
        invoice.updatedAt = now
        invoice.changing.payLink.isOneTime = organization.payLinkTerms.isOneTime
        invoice.changing.payLink.expiresAt = organization.payLinkTerms.expiry(
            dueDate: invoice.dueDate, zone: invoice.zone)
        if let coupon = invoice.particulars.coupon { try redeem(coupon, for: invoice, in: tx) }
        if invoice.particulars != draft.particulars { try invoice.particulars.write(of: invoice, in: tx) }
        if lines != stored { try InvoiceLineStore.updateAmounts(lines, of: id, in: tx) }
        // The counter comes last: every other invoice of the organization waits for it.
        invoice.number = try NumberSeriesStore.next(
            organization.invoiceSeries, of: organizationID, on: today, in: tx)
        let fixedMembers = InvoiceSnapshotWriter.fixedMembers(of: invoice, lines: lines)
        let events = InvoiceEvents(
            invoiceID: id, organizationID: organizationID, fixedMembers: fixedMembers, cause: cause
        ).events(facts, of: &invoice.changing)
        let templates = [
            invoice.particulars.templateID, invoice.customerTemplateID, organization.defaultTemplateID,
        ].compactMap(\.self)
        try InvoiceStore.updateIssued(invoice, fixedMembers: fixedMembers, in: tx)
        if !templates.isEmpty {
            invoice.templateDigest = try TemplateStore.fix(templates, for: invoice, in: tx)
        }
        return InvoiceChange(invoice: invoice, lines: lines, events: events)
    }

    /// Counts the coupon; its row stays locked until the transaction ends, so that limits hold however many try.
    private func redeem(
        _ reference: InvoiceParticulars.Coupon, for invoice: Invoice, in tx: borrowing Transaction
    ) throws {
        guard let coupon = try CouponStore.find(reference.id, of: organizationID, locked: true, in: tx) else {
            throw CouponRefusal.archived
        }
        try coupon.admit(invoice, at: now, in: tx)
        try CouponStore.redeem(coupon.id, for: invoice, at: now, in: tx)
    }
}
