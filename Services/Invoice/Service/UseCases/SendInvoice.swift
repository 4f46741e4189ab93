import Crypto
import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Asks for mails with the pay link to the customer's address and to the contacts who get invoices.
///
/// The link is made here, sealed so that only the notification service can read it, and stored nowhere.
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
            throw Problem(
                status: 422, code: "customer_without_email", title: "The customer has no e-mail address",
                detail: "Set the customer's email, then send the invoice.")
        }
        let organization = try CreateInvoice.organization(organizationID, in: tx)
        let lines = try InvoiceLineStore.lines(of: id, in: tx)
        events += InvoiceEvents(
            invoiceID: id, organizationID: organizationID,
            fixedMembers: InvoiceSnapshotWriter.fixedMembers(of: invoice, lines: lines), cause: cause
        ).events(facts, of: &invoice.changing)
        events += try mails(invoice, to: customer, organization, in: tx)
        invoice.updatedAt = now
        try InvoiceStore.updateChanging(invoice, before: before, in: tx)
        return InvoiceChange(invoice: invoice, lines: lines, events: events)
    }

    private func mails(
        _ invoice: Invoice, to customer: Customer, _ organization: Organization, in tx: borrowing Transaction
    ) throws -> [OutgoingEvent] {
        guard let number = invoice.number, let expiresAt = invoice.changing.payLink.expiresAt else {
            throw InvoiceRuleViolation.isDraft
        }
        let recipients = customer.invoiceRecipients
        let mailIDs = recipients.map { _ in MailID.new(at: now) }
        // The first stands for the sending; the others are copies, which counters pass over.
        try tx.send(
            """
            INSERT INTO invoice_mails (mail_id, invoice_id, kind, requested_at, is_copy)
            SELECT t.id, $2, $3, $4, t.position > 1 FROM unnest($1::uuid[]) WITH ORDINALITY AS t (id, position)
            """, [mailIDs, invoice.id, InvoiceMailKind.invoice.rawValue, now])
        let template = try invoice.templateDigest.flatMap { digest in
            try TemplateStore.content(digest, of: organizationID, in: tx)
        }
        let link = links.address(
            number: number, invoiceID: invoice.id, generation: invoice.changing.payLink.generation,
            domain: organization.domain)
        return try zip(mailIDs, recipients).map { mailID, recipient in
            let request = InvoiceMailRequested(
                mailID: mailID, kind: .invoice, invoiceID: invoice.id, organizationID: organizationID,
                customerID: customer.id, number: number, title: invoice.title, to: recipient.address,
                recipientName: recipient.name, language: template?.language ?? customer.language,
                currency: invoice.currency,
                amountDueMinor: invoice.changing.standing.amountDue, dueDate: invoice.dueDate,
                sealedLink: try links.sealed(link), expiresAt: expiresAt, wording: template?.mail)
            return try OutgoingEvent(
                request, subject: mailID, tenant: organizationID, sequence: nil, cause: cause)
        }
    }
}
