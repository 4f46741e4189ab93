import Postgres
import Primitives

/// What payment tells about mandates, and which open invoices are planned for automatic payment because of them.
enum MandateProjection {
    /// Whether a mandate of the payer covers an invoice, as a condition on the invoice's id.
    static func covers(_ id: String) -> String {
        """
        EXISTS (SELECT FROM invoices i JOIN customers c ON c.id = i.customer_id JOIN mandates m
            ON m.organization_id = i.organization_id AND m.account_id = c.account_id
            WHERE i.id = \(id) AND m.is_active AND i.finalized_at >= m.covers_from)
        """
    }

    /// Looks again at the open invoices of some payers, after a mandate or a link has changed.
    static func replan(
        _ organizations: [OrganizationID], _ accounts: [AccountID], in tx: borrowing Transaction
    ) throws(PostgresError) {
        try tx.send(
            """
            UPDATE unsettled_invoices u SET is_autopay = o.is_covered
            FROM (
                SELECT v.invoice_id, (\(covers("v.invoice_id"))) AS is_covered
                FROM unnest($1::uuid[], $2::uuid[]) AS t (organization_id, account_id)
                    JOIN customers p ON p.organization_id = t.organization_id AND p.account_id = t.account_id
                    JOIN invoices b ON b.customer_id = p.id
                    JOIN unsettled_invoices v ON v.invoice_id = b.id AND v.state = 'finalized'
                ORDER BY v.invoice_id
            ) o
            WHERE u.invoice_id = o.invoice_id AND u.is_autopay <> o.is_covered
            """, [organizations, accounts])
    }
}
