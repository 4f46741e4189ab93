import InvoiceDomain
import Postgres
import Primitives

/// Reads and writes series of invoices.
enum RecurringStore {
    static func find(
        _ id: RecurringInvoiceID, of organizationID: OrganizationID, locked: Bool = false,
        in tx: borrowing Transaction
    ) throws(PostgresError) -> RecurringInvoice? {
        let rows = try tx.query(
            """
            SELECT \(RecurringInvoice.columns) FROM recurring_invoices
            WHERE id = $1 AND organization_id = $2\(locked ? " FOR UPDATE" : "")
            """, [id, organizationID])
        guard let row = rows.first else { return nil }
        return try RecurringInvoice(row)
    }

    /// Locks series in one order everywhere: that of organizations, whose counters are locked in the same order.
    static func lock(_ ids: [RecurringInvoiceID], in tx: borrowing Transaction) throws -> [RecurringInvoice] {
        try tx.query(
            """
            SELECT \(RecurringInvoice.columns) FROM recurring_invoices WHERE id = ANY ($1)
            ORDER BY organization_id, id FOR UPDATE
            """, [ids]
        ).map { row in try RecurringInvoice(row) }
    }

    /// Which series a list shows.
    struct Filter: Sendable {
        let organizationID: OrganizationID
        var customerID: CustomerID?
        var state: SeriesState?
        /// The last series of the page before.
        var cursor: RecurringInvoiceID?
        let limit: Int
    }

    /// A page of an organization's series, newest first.
    static func list(_ filter: Filter, in tx: borrowing Transaction) throws -> [RecurringInvoice] {
        try tx.query(
            """
            SELECT \(RecurringInvoice.columns) FROM recurring_invoices
            WHERE organization_id = $1 AND ($2::uuid IS NULL OR id < $2) AND ($3::uuid IS NULL OR customer_id = $3)
                AND ($4::text IS NULL OR status = $4)
            ORDER BY id DESC LIMIT $5
            """,
            [filter.organizationID, filter.cursor, filter.customerID, filter.state, filter.limit]
        ).map { row in try RecurringInvoice(row) }
    }

    /// A page of all series, for those who rebuild their copies.
    static func page(
        after cursor: RawID?, limit: Int, in tx: borrowing Transaction
    ) throws -> [RecurringInvoice] {
        try tx.query(
            """
            SELECT \(RecurringInvoice.columns) FROM recurring_invoices WHERE ($1::uuid IS NULL OR id > $1)
            ORDER BY id LIMIT $2 FOR SHARE
            """, [cursor, limit]
        ).map { row in try RecurringInvoice(row) }
    }

    static func insert(_ recurring: RecurringInvoice, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            INSERT INTO recurring_invoices (\(RecurringInvoice.columns))
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
                $22, $23, $24, $25, $26, $27, $28, $29)
            """, parameters(recurring))
    }

    static func update(_ recurring: RecurringInvoice, in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            """
            UPDATE recurring_invoices SET (\(RecurringInvoice.columns))
                = ROW ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                $21, $22, $23, $24, $25, $26, $27, $28, $29)
            WHERE id = $1
            """, parameters(recurring))
    }

    private static func parameters(_ recurring: RecurringInvoice) -> [any PostgresEncodable] {
        let (series, rule, terms) = (recurring.series, recurring.series.rule, recurring.terms)
        return [
            recurring.id, recurring.organizationID, recurring.customerID, recurring.externalID,
            recurring.name, recurring.metadata, recurring.content, terms.dueAfterDays, terms.finalizes,
            terms.sends, series.state, recurring.attention?.code, recurring.attention?.detail, rule.start,
            rule.time, rule.zone.name, rule.every, rule.unit, rule.anchorDay, rule.until, rule.count,
            series.position, series.skipped.sorted(), recurring.lastDate, recurring.invoiceCount,
            series.generation, recurring.sequence, recurring.createdAt, recurring.updatedAt,
        ]
    }

    /// Remembers what became of a day; a second time it fails at `one_invoice_per_day`.
    static func record(
        _ date: CivilDate, of id: RecurringInvoiceID, invoice: InvoiceID?, at now: Instant,
        in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            """
            INSERT INTO recurring_occurrences (recurring_invoice_id, date, invoice_id, made_at)
            VALUES ($1, $2, $3, $4)
            """, [id, date, invoice, now])
    }
}
