-- What credit notes have taken off invoices, on the day of the invoice, as what was voided.
CREATE OR REPLACE VIEW statistic_recount AS
SELECT organization_id, day, currency, measure, sum(count)::bigint AS count, sum(amount)::bigint AS amount,
    sum(seconds)::bigint AS seconds
FROM (
    SELECT organization_id, issue_date AS day, currency, 'issued' AS measure, 1 AS count, total AS amount, 0 AS seconds
    FROM invoices WHERE state <> 'draft'
    UNION ALL
    SELECT organization_id, issue_date, currency, 'voided', 1, total, 0 FROM invoices WHERE state = 'voided'
    UNION ALL
    SELECT organization_id, issue_date, currency, 'credited', 1, amount_credited, 0
    FROM invoices WHERE amount_credited > 0 AND state NOT IN ('draft', 'voided')
    UNION ALL
    SELECT organization_id, issue_date, currency, 'uncollectible', 1,
        greatest(0, greatest(0, total - amount_credited) - amount_paid), 0
    FROM invoices WHERE state = 'uncollectible'
    UNION ALL
    SELECT organization_id, issue_date, currency, 'paid', 1, total,
        greatest(0, trunc(extract(epoch FROM paid_at - finalized_at)))::bigint
    FROM invoices WHERE state = 'paid'
    UNION ALL
    SELECT organization_id, due_date, currency, 'open', 1,
        greatest(0, greatest(0, total - amount_credited) - amount_paid), 0
    FROM invoices WHERE state = 'finalized'
    UNION ALL
    SELECT r.organization_id, (r.succeeded_at AT TIME ZONE i.zone)::date, i.currency, 'collected/' || r.method, 1,
        r.amount, 0
    FROM receipts r JOIN invoices i ON i.id = r.invoice_id
    UNION ALL
    SELECT f.organization_id, (f.succeeded_at AT TIME ZONE i.zone)::date, i.currency,
        'refunded/' || coalesce(r.method, 'other'), 1, f.amount, 0
    FROM refunds f JOIN invoices i ON i.id = f.invoice_id
        LEFT JOIN receipts r ON r.payment_id = f.payment_id AND r.invoice_id = f.invoice_id
) facts
GROUP BY organization_id, day, currency, measure;

INSERT INTO statistic_days SELECT * FROM statistic_recount WHERE measure = 'credited';
