import Primitives

extension CustomerDetails {
    /// The members of a customer that are about contacts, addresses and terms; those that are not there are left out.
    func write(into writer: inout JSONWriter) {
        if !contacts.isEmpty {
            writer.key("contacts")
            CustomerContact.write(contacts, into: &writer)
        }
        if let billingAddress {
            writer.key("billing_address")
            billingAddress.write(into: &writer)
        }
        if let shippingAddress {
            writer.key("shipping_address")
            shippingAddress.write(into: &writer)
        }
        writer.member("zone", zone?.name)
        writer.member("payment_terms_days", paymentTermsDays)
        writer.member("template_id", templateID)
        writer.member("is_archived", archivedAt != nil)
        writer.member("archived_at", archivedAt)
    }
}
