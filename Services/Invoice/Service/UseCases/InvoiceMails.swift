import Crypto
import EventContracts
import HTTPServer
import InvoiceDomain
import Postgres
import Primitives

/// Asks for mails about invoices of one organization, to everybody who gets those of the customer.
///
/// Links are made here, sealed so that only the notification service can read them, and stored nowhere.
struct InvoiceMails: Sendable {
    /// What is written to all recipients of an issued invoice.
    struct Letter: Sendable {
        let kind: InvoiceMailKind
        let invoice: Invoice
        let customer: Customer
        var creditNote: CreditNote?
    }

    let organization: Organization
    let links: PayLinks
    let now: Instant
    let cause: EventCause

    /// Later than this nobody needs to be reminded, nor told of a credit note.
    private static let newsLifetime = Duration.seconds(3 * 86_400)

    static let nobodyToWriteTo = Problem(
        status: 422, code: "customer_without_email", title: "The customer has no e-mail address",
        detail: "Set the customer's email, then send the invoice.")

    /// Notes the mails, and gives the events that ask for them.
    func ask(for letters: [Letter], in tx: borrowing Transaction) throws -> [OutgoingEvent] {
        var rows: [(id: MailID, invoiceID: InvoiceID, kind: String, isCopy: Bool)] = []
        var events: [OutgoingEvent] = []
        var templates: [[UInt8]: TemplateContent] = [:]
        for letter in letters {
            let invoice = letter.invoice
            if let digest = invoice.templateDigest, templates[digest] == nil {
                templates[digest] = try TemplateStore.content(digest, of: organization.id, in: tx)
            }
            let template = invoice.templateDigest.flatMap { templates[$0] }
            guard let number = invoice.number else { throw InvoiceRuleViolation.isDraft }
            let link = links.address(
                number: number, invoiceID: invoice.id, generation: invoice.changing.payLink.generation,
                domain: organization.domain)
            for (position, recipient) in letter.customer.invoiceRecipients.enumerated() {
                let id = MailID.new(at: now)
                // The first stands for the sending; the others are copies, which counters pass over.
                rows.append((id, invoice.id, letter.kind.rawValue, position > 0))
                events.append(try event(id, letter, number, template, to: recipient, link: link))
            }
        }
        try tx.send(
            """
            INSERT INTO invoice_mails (mail_id, invoice_id, kind, requested_at, is_copy)
            SELECT id, invoice_id, kind, $5, is_copy
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::boolean[]) AS t (id, invoice_id, kind, is_copy)
            """, [rows.map(\.id), rows.map(\.invoiceID), rows.map(\.kind), rows.map(\.isCopy), now])
        return events
    }

    private func event(
        _ id: MailID, _ letter: Letter, _ number: String, _ template: TemplateContent?,
        to recipient: Customer.MailRecipient, link: String
    ) throws -> OutgoingEvent {
        let invoice = letter.invoice
        let request = InvoiceMailRequested(
            mailID: id, kind: letter.kind, invoiceID: invoice.id, organizationID: organization.id,
            customerID: invoice.customerID, number: number, title: invoice.title, to: recipient.address,
            recipientName: recipient.name, language: template?.language ?? letter.customer.language,
            currency: invoice.currency,
            amountDueMinor: invoice.changing.standing.amountDue, dueDate: invoice.dueDate,
            instalment: letter.creditNote == nil ? invoice.nextInstalmentOfMail : nil,
            sealedLink: try links.sealed(link), expiresAt: try expiry(of: letter),
            // The words of a template are about the invoice itself.
            wording: letter.kind == .invoice ? template?.mail : nil,
            creditNote: letter.creditNote.map {
                CreditNoteMail(number: $0.number, amountMinor: $0.amounts.amount, reason: $0.reason)
            })
        switch letter.kind {
        case .reminder, .overdue, .announcement:
            // In the order of the invoice's own events: what settles it comes after what asked for it.
            return try OutgoingEvent(
                request, subject: invoice.id, tenant: organization.id, sequence: nil, cause: cause)
        case .invoice, .renewedLink, .creditNote:
            return try OutgoingEvent(
                request, subject: id, tenant: organization.id, sequence: nil, cause: cause)
        }
    }

    private func expiry(of letter: Letter) throws(InvoiceRuleViolation) -> Instant {
        switch letter.kind {
        case .invoice, .renewedLink:
            guard let end = letter.invoice.changing.payLink.expiresAt else { throw .isDraft }
            return end
        case .reminder, .overdue, .announcement, .creditNote: return now + Self.newsLifetime
        }
    }
}

extension Invoice {
    /// The part that a mail asks for.
    fileprivate var nextInstalmentOfMail: InstalmentMailFacts? {
        instalments.next.map { next in
            InstalmentMailFacts(
                no: next.instalment.number, count: instalments.count, amountDueMinor: next.due,
                dueDate: next.instalment.dueDate)
        }
    }
}
