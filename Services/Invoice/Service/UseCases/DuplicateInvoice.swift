import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Makes a draft with the content of another invoice, whatever became of that.
///
/// It is due as long after today as the other was after its issue. The external id stays with the other, which it names;
/// so do a subscription and a wallet, which would otherwise be served twice, and the day of a series.
struct DuplicateInvoice: Sendable {
    let id: InvoiceID
    let organizationID: OrganizationID
    let dueDate: InvoiceInput.DueDate?
    let now: Instant
    let cause: EventCause

    func run(in tx: borrowing Transaction) throws -> InvoiceChange {
        guard let original = try InvoiceStore.find(id, of: organizationID, in: tx) else {
            throw Problem.notFound
        }
        let organization = try CreateInvoice.organization(organizationID, in: tx)
        let customer = try CreateInvoice.customer(original.customerID, of: organizationID, in: tx)
        let currency = try CreateInvoice.currency(original.currency, customer, organization)
        var lines = try InvoiceLineStore.lines(of: id, in: tx).map { line in
            try InvoiceLine(
                id: LineItemID.new(at: now), description: line.description, quantity: line.quantity,
                unitPrice: line.unitPrice, discount: line.discount, taxRates: line.taxRates,
                metadata: line.metadata)
        }
        var invoice = Invoice(
            id: InvoiceID.new(at: now), organization: organization, customer: customer, currency: currency,
            dueDate: due(original, organization), at: now)
        invoice.title = original.title
        invoice.description = original.description
        invoice.particulars = original.particulars
        invoice.particulars.externalID = nil
        invoice.particulars.occurrence = nil
        invoice.particulars.instalmentTerms = original.particulars.instalmentTerms?.moved(
            byDays: invoice.dueDate.daysSince1970 - original.dueDate.daysSince1970)
        try PriceInvoice(organizationID: organizationID, occasion: .newLines).run(&invoice, &lines, in: tx)
        try ArrangeInstalments.run(&invoice, on: organization.zone.date(at: now))
        return try CreateInvoice.save(invoice, lines, cause: cause, in: tx)
    }

    private func due(_ original: Invoice, _ organization: Organization) -> CivilDate {
        if let dueDate { return dueDate.date(in: organization.zone) }
        let issued = original.issueDate ?? original.zone.date(at: original.createdAt)
        let days = original.dueDate.daysSince1970 - issued.daysSince1970
        return organization.zone.date(at: now).adding(days: max(0, days))
    }
}
