import Postgres
import Primitives

/// What many customers do without: contacts, addresses in parts, a zone, terms; and whether they are put away.
struct CustomerDetails: Sendable, Hashable {
    var contacts: [CustomerContact] = []
    var billingAddress: PostalAddress?
    var shippingAddress: PostalAddress?
    var zone: Zone?
    /// Days from the making of an invoice until it is due, where the sender names no day.
    var paymentTermsDays: Int?
    /// How its invoices look, where they do not say so themselves.
    var templateID: TemplateID?
    /// Since when it is put away.
    var archivedAt: Instant?

    /// The columns in the order in which `init(_:at:)` reads them.
    static let columns = """
        contacts, billing_address, shipping_address, zone, payment_terms_days, archived_at, template_id
        """

    /// Nothing of all this.
    init() {}

    init(_ row: Row, at first: Int) throws(PostgresError) {
        contacts = try CustomerContact.all(try row[first])
        billingAddress = try PostalAddress.stored(try row[first + 1])
        shippingAddress = try PostalAddress.stored(try row[first + 2])
        if let name = try row.get(first + 3, as: String?.self) { zone = try Invoice.zone(name) }
        paymentTermsDays = try row.get(first + 4, as: Int32?.self).map { Int($0) }
        archivedAt = try row[first + 5]
        templateID = try row[first + 6]
    }

    /// Writes everything, which is only needed where there is something.
    func write(of id: CustomerID, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            UPDATE customers SET contacts = $2, billing_address = $3, shipping_address = $4, zone = $5,
                payment_terms_days = $6, archived_at = $7, template_id = $8
            WHERE id = $1
            """,
            [
                id, CustomerContact.json(contacts), PostalAddress.json(billingAddress),
                PostalAddress.json(shippingAddress), zone?.name, paymentTermsDays.map { Int32($0) },
                archivedAt, templateID,
            ])
    }
}
