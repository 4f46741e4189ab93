import ServiceKit

/// What must always hold in this service's data.
enum InvoiceInvariants {
    static let all = [
        Invariant(
            "receipts_match", "What an invoice has received is the sum of its receipts.",
            violations: """
                SELECT i.id::text FROM invoices i LEFT JOIN (
                    SELECT invoice_id, sum(amount) AS amount FROM receipts GROUP BY invoice_id) r ON r.invoice_id = i.id
                WHERE i.amount_paid <> coalesce(r.amount, 0)
                """),
        Invariant(
            "refunds_match", "What was given back is the sum of the refunds.",
            violations: """
                SELECT i.id::text FROM invoices i LEFT JOIN (
                    SELECT invoice_id, sum(amount) AS amount FROM refunds GROUP BY invoice_id) r ON r.invoice_id = i.id
                WHERE i.amount_refunded <> coalesce(r.amount, 0)
                """),
        Invariant(
            "paid_is_settled", "An invoice is paid exactly when nothing is open.",
            violations: """
                SELECT id::text FROM invoices WHERE state IN ('finalized', 'uncollectible')
                    AND amount_paid + amount_credited >= total
                """),
        Invariant(
            "total_matches_lines",
            "The total of an invoice is what its lines, discounts and taxes add up to.",
            violations: """
                SELECT i.id::text FROM invoices i LEFT JOIN (
                    SELECT invoice_id, sum(total - discount + added_tax) AS total FROM invoice_lines GROUP BY invoice_id)
                    l ON l.invoice_id = i.id
                WHERE i.total <> coalesce(l.total, 0)
                """),
        Invariant(
            "taxes_match_lines", "What an invoice says of discount and tax is what its lines say of it.",
            violations: """
                SELECT d.invoice_id::text FROM invoice_documents d LEFT JOIN (
                    SELECT invoice_id, sum(discount) AS discount, sum(tax) AS tax FROM invoice_lines GROUP BY invoice_id)
                    l ON l.invoice_id = d.invoice_id
                WHERE (coalesce(d.discount_total, 0), coalesce(d.tax_total, 0))
                    <> (coalesce(l.discount, 0), coalesce(l.tax, 0))
                """),
        Invariant(
            "redemptions_match",
            "A coupon is counted as often as issued invoices have it.",
            violations: """
                SELECT c.id::text FROM coupons c LEFT JOIN (
                    SELECT coupon_id, count(*) AS count FROM coupon_redemptions WHERE returned_at IS NULL
                    GROUP BY coupon_id) r ON r.coupon_id = c.id
                WHERE c.redemptions <> coalesce(r.count, 0)
                """),
        Invariant(
            "statistics_match", "The statistics are what counting everything anew gives.",
            violations: """
                SELECT concat_ws(' ', organization_id, day, currency, measure) FROM (
                    SELECT * FROM statistic_recount
                    UNION ALL SELECT organization_id, day, currency, measure, -count, -amount, -seconds FROM statistic_days
                    UNION ALL SELECT organization_id, day, currency, measure, -count, -amount, -seconds
                        FROM statistic_changes) s
                GROUP BY organization_id, day, currency, measure
                HAVING sum(count) <> 0 OR sum(amount) <> 0 OR sum(seconds) <> 0
                """),
        Invariant(
            "nothing_without_invoice", "Words and lines belong to an invoice, and an invoice to a customer.",
            violations: """
                SELECT d.invoice_id::text FROM invoice_documents d LEFT JOIN invoices i ON i.id = d.invoice_id
                WHERE i.id IS NULL
                UNION
                SELECT l.invoice_id::text FROM invoice_lines l LEFT JOIN invoices i ON i.id = l.invoice_id
                WHERE i.id IS NULL
                UNION
                SELECT i.id::text FROM invoices i LEFT JOIN customers c ON c.id = i.customer_id
                    LEFT JOIN invoice_documents d ON d.invoice_id = i.id
                WHERE c.id IS NULL OR d.invoice_id IS NULL
                """),
        Invariant(
            "unsettled_invoices_match",
            "Every invoice that is not plainly paid is listed as such, and no other.",
            violations: """
                SELECT coalesce(i.id, u.invoice_id)::text FROM unsettled_invoices u FULL JOIN (
                    SELECT * FROM invoices WHERE NOT (state = 'paid' AND debt = 'paid')) i ON i.id = u.invoice_id
                WHERE (i.organization_id, i.state, i.debt, i.due_date)
                    IS DISTINCT FROM (u.organization_id, u.state, u.debt, u.due_date)
                """),
        Invariant(
            "occurrences_are_invoices", "A series has made one invoice for each day that was not skipped.",
            violations: """
                SELECT r.id::text FROM recurring_invoices r LEFT JOIN (
                    SELECT recurring_invoice_id, count(invoice_id) AS made FROM recurring_occurrences
                    GROUP BY recurring_invoice_id) o ON o.recurring_invoice_id = r.id
                WHERE r.invoice_count <> coalesce(o.made, 0)
                UNION ALL
                SELECT d.invoice_id::text FROM invoice_documents d LEFT JOIN recurring_occurrences o
                    ON o.invoice_id = d.invoice_id
                WHERE (d.recurring_invoice_id, d.occurrence_date) IS DISTINCT FROM (o.recurring_invoice_id, o.date)
                """),
        Invariant(
            "numbers_have_no_gaps", "The numbers of an organization count up without a gap.",
            violations: """
                SELECT c.organization_id::text FROM (
                    SELECT organization_id, sum(last_count) AS last_count FROM (
                        SELECT organization_id, last_count FROM invoice_counters
                        UNION ALL
                        SELECT organization_id, last_count FROM number_counters WHERE series = 'invoice') n
                    GROUP BY organization_id) c LEFT JOIN (
                    SELECT organization_id, count(number) AS issued FROM invoices GROUP BY organization_id) i
                    ON i.organization_id = c.organization_id
                WHERE coalesce(i.issued, 0) <> c.last_count
                """),
        Invariant(
            "credits_match", "What was credited is the sum of the credit notes that stand.",
            violations: """
                SELECT i.id::text FROM invoices i LEFT JOIN (
                    SELECT invoice_id, sum(amount) AS amount FROM credit_notes WHERE voided_at IS NULL
                    GROUP BY invoice_id) n ON n.invoice_id = i.id
                WHERE i.amount_credited <> coalesce(n.amount, 0) OR i.amount_credited > i.total
                """),
        Invariant(
            "credit_notes_have_no_gaps",
            "The numbers of an organization's credit notes count up without a gap.",
            violations: """
                SELECT c.organization_id::text FROM (
                    SELECT organization_id, sum(last_count) AS last_count FROM number_counters
                    WHERE series = 'credit_note' GROUP BY organization_id) c LEFT JOIN (
                    SELECT organization_id, count(*) AS issued FROM credit_notes GROUP BY organization_id) n
                    ON n.organization_id = c.organization_id
                WHERE coalesce(n.issued, 0) <> c.last_count
                """),
    ]
}
