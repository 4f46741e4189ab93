import Primitives

extension Customer {
    /// Somebody who gets the mails about an invoice.
    struct MailRecipient: Sendable, Hashable {
        let name: String
        let address: String
    }

    /// The customer's own address, then the contacts who get mails about invoices; each address once.
    var invoiceRecipients: [MailRecipient] {
        var recipients = email.map { [MailRecipient(name: name, address: $0)] } ?? []
        var known = Set(recipients.map { $0.address.lowercased() })
        for contact in details.contacts
        where contact.receivesInvoices && known.insert(contact.email.lowercased()).inserted {
            recipients.append(MailRecipient(name: contact.name, address: contact.email))
        }
        return recipients
    }
}
