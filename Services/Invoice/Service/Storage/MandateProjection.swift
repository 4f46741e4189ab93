import Postgres
import Primitives

/// What payment tells about mandates, and which open invoices are planned for automatic payment because of them.
enum MandateProjection {
    /// Whether the mandate that counts for an invoice collects it, as a condition on the invoice's id.
    static func covers(_ id: String) -> String {
        """
        coalesce((SELECT m.is_active AND NOT EXISTS (SELECT FROM autopay_exceptions x
                WHERE x.invoice_id = i.id AND x.is_exception AND (x.mandate_id = m.mandate_id OR m.invoice_id IS NULL))
            FROM invoices i JOIN customers c ON c.id = i.customer_id JOIN mandates m
                ON m.organization_id = i.organization_id AND m.account_id = c.account_id
            WHERE i.id = \(id) AND NOT m.is_revoked AND i.finalized_at >= m.covers_from
                AND (m.invoice_id IS NULL OR m.invoice_id = i.id)
                AND (m.recurring_invoice_id IS NULL OR EXISTS (SELECT FROM invoice_documents d
                    WHERE d.invoice_id = i.id AND d.recurring_invoice_id = m.recurring_invoice_id))
            ORDER BY m.invoice_id NULLS LAST, m.recurring_invoice_id NULLS LAST LIMIT 1), false)
        """
    }

    /// Looks again at the open invoices of some payers, after a mandate or a link has changed.
    static func replan(
        _ organizations: [OrganizationID], _ accounts: [AccountID], in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            replan(
                """
                unnest($1::uuid[], $2::uuid[]) AS t (organization_id, account_id)
                    JOIN customers p ON p.organization_id = t.organization_id AND p.account_id = t.account_id
                    JOIN invoices b ON b.customer_id = p.id
                    JOIN unsettled_invoices v ON v.invoice_id = b.id AND v.state = 'finalized'
                """), [organizations, accounts])
    }

    /// Looks again at some open invoices.
    static func replan(_ invoices: [InvoiceID], in tx: borrowing Transaction) throws(PostgresError) {
        try tx.send(
            replan(
                """
                unnest($1::uuid[]) AS t (invoice_id)
                    JOIN unsettled_invoices v ON v.invoice_id = t.invoice_id AND v.state = 'finalized'
                """), [invoices])
    }

    private static func replan(_ invoices: String) -> String {
        """
        UPDATE unsettled_invoices u SET is_autopay = o.is_covered
        FROM (
            SELECT v.invoice_id, (\(covers("v.invoice_id"))) AS is_covered FROM \(invoices) ORDER BY v.invoice_id
        ) o
        WHERE u.invoice_id = o.invoice_id AND u.is_autopay <> o.is_covered
        """
    }

    /// Which of some series the payer's card pays: a mandate for the series, or for everything of the sender.
    static func paid(
        _ series: [RecurringInvoiceID], in tx: borrowing Transaction
    ) throws(PostgresError) -> Set<RecurringInvoiceID> {
        guard !series.isEmpty else { return [] }
        return Set(
            try tx.query(
                """
                SELECT s.id FROM recurring_invoices s JOIN customers c ON c.id = s.customer_id
                WHERE s.id = ANY ($1) AND coalesce((SELECT m.is_active FROM mandates m
                    WHERE m.organization_id = s.organization_id AND m.account_id = c.account_id
                        AND NOT m.is_revoked AND m.invoice_id IS NULL
                        AND (m.recurring_invoice_id IS NULL OR m.recurring_invoice_id = s.id)
                    ORDER BY m.recurring_invoice_id NULLS LAST LIMIT 1), false)
                """, [series]
            ).column(0, as: RecurringInvoiceID.self))
    }
}
