import InvoiceDomain
import Postgres
import Primitives

/// What this service knows about a sender.
struct Organization: Sendable {
    let id: OrganizationID
    let currency: Currency
    let zone: Zone
    let invoicePrefix: String
    /// How its invoices are numbered.
    let invoiceSeries: NumberSeries
    let payLinkTerms: PayLinkTerms
    /// A verified domain of its own, where its links lead.
    let domain: String?
    /// What holds where nothing else was chosen.
    let defaultTemplateID: TemplateID?

    static func find(_ id: OrganizationID, in tx: borrowing Transaction) throws(PostgresError)
        -> Organization?
    {
        let rows = try tx.query(
            """
            SELECT o.currency, o.zone, o.invoice_prefix, o.pay_link_days, o.pay_link_one_time, o.domain,
                (SELECT t.id FROM templates t WHERE t.organization_id = o.id AND t.is_default),
                \(NumberSeriesStore.columns)
            FROM organizations o
            LEFT JOIN number_series s ON s.organization_id = o.id AND s.series = 'invoice'
            WHERE o.id = $1
            """, [id])
        guard let row = rows.first else { return nil }
        let prefix = try row.get(2, as: String.self)
        return Organization(
            id: id, currency: try row[0], zone: try Invoice.zone(try row[1]), invoicePrefix: prefix,
            invoiceSeries: try NumberSeriesStore.series(.invoice, row, at: 7, usualPrefix: prefix),
            payLinkTerms: PayLinkTerms(daysAfterDue: try row[3], isOneTime: try row[4]), domain: try row[5],
            defaultTemplateID: try row[6])
    }
}
