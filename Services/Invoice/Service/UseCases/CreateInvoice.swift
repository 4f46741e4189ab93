import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Makes a draft.
struct CreateInvoice: Sendable {
    let organizationID: OrganizationID
    let input: InvoiceInput
    let now: Instant
    let cause: EventCause
    /// The series that it belongs to.
    var occurrence: InvoiceOccurrence?

    func run(in tx: borrowing Transaction) throws -> InvoiceChange {
        let (invoice, lines) = try draft(.newLines, in: tx)
        return try Self.save(invoice, lines, cause: cause, in: tx)
    }

    /// What it would be; nothing is written.
    func preview(in tx: borrowing Transaction) throws -> InvoiceChange {
        let (invoice, lines) = try draft(.preview, in: tx)
        return InvoiceChange(invoice: invoice, lines: lines, events: [])
    }

    private func draft(
        _ occasion: PriceInvoice.Occasion, in tx: borrowing Transaction
    ) throws -> (Invoice, [InvoiceLine]) {
        guard let customerID = input.customerID else {
            throw InvalidFields(field: "customer_id", code: "required", message: "This field is required.")
        }
        let organization = try Self.organization(organizationID, in: tx)
        let customer = try Self.customer(customerID, of: organizationID, in: tx)
        let currency = try Self.currency(input.currency, customer, organization)
        // A series goes on without the template that it began with.
        if occurrence == nil { try TemplateStore.require(input.templateID, of: organizationID, in: tx) }
        var lines = try input.lines(in: currency, at: now)
        var invoice = Invoice(
            id: InvoiceID.new(at: now), organization: organization, customer: customer, currency: currency,
            dueDate: try Self.dueDate(input, customer, organization, at: now), at: now)
        invoice.title = input.title
        invoice.description = input.description
        invoice.subscriptionID = input.subscriptionID
        invoice.walletID = input.walletID
        input.apply(to: &invoice.particulars)
        invoice.particulars.occurrence = occurrence
        let discount = ChooseDiscount(input: input, now: now)
        let coupon = try discount.run(&invoice, in: tx)
        try PriceInvoice(organizationID: organizationID, occasion: occasion).run(&invoice, &lines, in: tx)
        try discount.admit(coupon, to: invoice, in: tx)
        return (invoice, lines)
    }

    /// Writes a priced draft.
    static func save(
        _ draft: Invoice, _ lines: [InvoiceLine], cause: EventCause, in tx: borrowing Transaction
    ) throws -> InvoiceChange {
        var invoice = draft
        let events = InvoiceEvents(
            invoiceID: invoice.id, organizationID: invoice.organizationID,
            fixedMembers: InvoiceSnapshotWriter.fixedMembers(of: invoice, lines: lines), cause: cause)
        let created = events.created(&invoice.changing)
        try InvoiceStore.insert(invoice, in: tx)
        if invoice.particulars != InvoiceParticulars() { try invoice.particulars.write(of: invoice, in: tx) }
        try InvoiceLineStore.insert(lines, of: invoice.id, in: tx)
        return InvoiceChange(invoice: invoice, lines: lines, events: [created])
    }

    /// Routes wait a little for it before anybody sees this.
    static let organizationOnItsWay = Problem(
        status: 503, code: "organization_on_its_way", title: "Temporarily unavailable",
        detail: "This organization is still being set up.", headers: ["Retry-After": "1"])

    /// What identity told about the sender, which may take a moment after a registration.
    static func organization(_ id: OrganizationID, in tx: borrowing Transaction) throws -> Organization {
        guard let organization = try Organization.find(id, in: tx) else {
            throw Self.organizationOnItsWay
        }
        return organization
    }

    static func customer(
        _ id: CustomerID, of organizationID: OrganizationID, in tx: borrowing Transaction
    ) throws -> Customer {
        guard let customer = try CustomerStore.find(id, of: organizationID, in: tx) else {
            throw InvalidFields(
                field: "customer_id", code: "unknown_value", message: "There is no such customer.")
        }
        guard customer.details.archivedAt == nil else {
            throw InvalidFields(
                field: "customer_id", code: "archived", message: "This customer is archived.")
        }
        return customer
    }

    /// The day that was named, else the one that the customer's terms give.
    static func dueDate(
        _ input: InvoiceInput, _ customer: Customer, _ organization: Organization, at now: Instant
    ) throws(InvalidFields) -> CivilDate {
        if let dueDate = input.dueDate { return dueDate.date(in: organization.zone) }
        guard let days = customer.details.paymentTermsDays else {
            throw InvalidFields(field: "due_date", code: "required", message: "This field is required.")
        }
        return organization.zone.date(at: now).adding(days: days)
    }

    /// The customer's currency, else the one asked for, else the organization's; nothing is ever converted.
    static func currency(
        _ asked: Currency?, _ customer: Customer, _ organization: Organization
    ) throws(InvalidFields) -> Currency {
        guard let asked else { return customer.currency ?? organization.currency }
        if let fixed = customer.currency, fixed != asked {
            throw InvalidFields(
                field: "currency", code: "currency_mismatch", message: "This customer is billed in \(fixed).")
        }
        return asked
    }
}
