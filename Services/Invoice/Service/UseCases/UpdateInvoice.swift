import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Changes a draft: what is given replaces what was, the rest stays.
struct UpdateInvoice: Sendable {
    let id: InvoiceID
    let organizationID: OrganizationID
    let input: InvoiceInput
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> InvoiceChange {
        guard var invoice = try InvoiceStore.lock(id, of: organizationID, in: tx) else {
            throw Problem.notFound
        }
        let facts = try invoice.changing.apply(.edit, at: now)
        let organization = try CreateInvoice.organization(organizationID, in: tx)
        let customer = try CreateInvoice.customer(
            input.customerID ?? invoice.customerID, of: organizationID, in: tx)
        let currency = try CreateInvoice.currency(input.currency ?? invoice.currency, customer, organization)
        try TemplateStore.require(input.templateID, of: organizationID, in: tx)
        let old = try InvoiceLineStore.lines(of: id, in: tx)
        if currency != invoice.currency, input.lines == nil, !old.isEmpty {
            throw InvalidFields(
                field: "currency", code: "currency_mismatch",
                message: "The lines are in \(invoice.currency); give them again in \(currency).")
        }
        if currency != invoice.currency, !input.replacesDiscount,
            invoice.particulars.discount?.fixedAmount != nil
        {
            throw InvalidFields(
                field: "currency", code: "currency_mismatch",
                message: "The discount is in \(invoice.currency); give it again in \(currency).")
        }
        var lines = input.lines == nil ? old : try input.lines(in: currency, at: now)
        let before = invoice.particulars
        invoice.customerID = customer.id
        invoice.customerTaxStatus = customer.taxStatus
        invoice.changing.accountID = customer.accountID
        invoice.currency = currency
        invoice.title = input.title ?? invoice.title
        invoice.description = input.description ?? invoice.description
        invoice.subscriptionID = input.subscriptionID ?? invoice.subscriptionID
        invoice.walletID = input.walletID ?? invoice.walletID
        invoice.dueDate = input.dueDate?.date(in: organization.zone) ?? invoice.dueDate
        invoice.updatedAt = now
        input.apply(to: &invoice.particulars)
        let discount = ChooseDiscount(input: input, now: now)
        let coupon = try discount.run(&invoice, in: tx)
        try PriceInvoice(
            organizationID: organizationID, occasion: input.lines == nil ? .storedLines : .newLines
        ).run(&invoice, &lines, in: tx)
        try discount.admit(coupon, to: invoice, in: tx)
        let events = InvoiceEvents(
            invoiceID: id, organizationID: organizationID,
            fixedMembers: InvoiceSnapshotWriter.fixedMembers(of: invoice, lines: lines), cause: cause
        ).events(facts, of: &invoice.changing)
        try InvoiceStore.updateDraft(invoice, in: tx)
        if invoice.particulars != before { try invoice.particulars.write(of: invoice, in: tx) }
        if input.lines != nil {
            try InvoiceLineStore.replace(lines, of: id, in: tx)
        } else if lines != old {
            try InvoiceLineStore.updateAmounts(lines, of: id, in: tx)
        }
        return InvoiceChange(invoice: invoice, lines: lines, events: events)
    }
}
