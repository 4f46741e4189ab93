import InvoiceDomain
import Postgres
import Primitives

/// What this service knows about a sender.
struct Organization: Sendable {
    let id: OrganizationID
    let currency: Currency
    let zone: Zone
    let invoicePrefix: String
    let payLinkTerms: PayLinkTerms
    /// A verified domain of its own, where its links lead.
    let domain: String?

    static func find(_ id: OrganizationID, in tx: borrowing Transaction) throws(PostgresError)
        -> Organization?
    {
        let rows = try tx.query(
            """
            SELECT currency, zone, invoice_prefix, pay_link_days, pay_link_one_time, domain
            FROM organizations WHERE id = $1
            """, [id])
        guard let row = rows.first else { return nil }
        return Organization(
            id: id, currency: try row[0], zone: try Invoice.zone(try row[1]), invoicePrefix: try row[2],
            payLinkTerms: PayLinkTerms(daysAfterDue: try row[3], isOneTime: try row[4]), domain: try row[5])
    }
}
