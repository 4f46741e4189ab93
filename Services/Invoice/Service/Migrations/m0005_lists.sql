-- What lists are sorted and filtered by, as far as a payment does not change it: booking one still touches no index.
CREATE INDEX invoices_by_due_date ON invoices (organization_id, due_date, id);
CREATE INDEX invoices_by_issue_date ON invoices (organization_id, issue_date, id) WHERE issue_date IS NOT NULL;
CREATE INDEX invoices_by_total ON invoices (organization_id, currency, total, id);
CREATE INDEX invoices_of_subscription ON invoices (subscription_id, id) WHERE subscription_id IS NOT NULL;
-- By length first, so that the one millionth number comes after the one before it.
CREATE INDEX invoices_by_number ON invoices (organization_id, length(number), number COLLATE "C")
    WHERE number IS NOT NULL;

-- Every invoice that is not plainly paid. The rest is found by walking all invoices, among which it is common; this is
-- for what is rare. A payment that settles an invoice takes its row away, and no index of invoices is touched.
CREATE TABLE unsettled_invoices (
    invoice_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    state text COLLATE "C" NOT NULL,
    debt text COLLATE "C" NOT NULL,
    is_autopay boolean NOT NULL DEFAULT false,
    due_date date NOT NULL
);

-- Which payers let which senders charge them, and for invoices issued since when, as payment tells it: open invoices of
-- such payers are planned for automatic payment. To hear of every plan would cost a message per charge.
CREATE TABLE mandates (
    mandate_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    account_id uuid NOT NULL,
    is_active boolean NOT NULL,
    covers_from timestamptz NOT NULL,
    sequence bigint NOT NULL
);

CREATE INDEX mandates_of_payer ON mandates (organization_id, account_id);

CREATE INDEX unsettled_invoices_by_age ON unsettled_invoices (organization_id, state, debt, is_autopay, invoice_id);
CREATE INDEX unsettled_invoices_by_due_date
    ON unsettled_invoices (organization_id, state, debt, is_autopay, due_date, invoice_id);

INSERT INTO unsettled_invoices (invoice_id, organization_id, state, debt, due_date)
SELECT id, organization_id, state, debt, due_date FROM invoices WHERE NOT (state = 'paid' AND debt = 'paid');

-- A text as it is searched for: from its beginning and from the beginning of each of its next words.
CREATE FUNCTION search_terms(words text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT left(array_to_string(word[n:], ' '), 64))
    FROM (SELECT array_remove(string_to_array(lower(words), ' '), '') AS word) s,
        generate_series(1, least(coalesce(cardinality(word), 0), 4)) AS n
$$;

CREATE TABLE invoice_terms (
    organization_id uuid NOT NULL,
    term text COLLATE "C" NOT NULL,
    invoice_id uuid NOT NULL,
    PRIMARY KEY (organization_id, term, invoice_id)
);

INSERT INTO invoice_terms
SELECT i.organization_id, t.term, i.id FROM invoices i JOIN invoice_documents d ON d.invoice_id = i.id,
    unnest(search_terms(d.title)) AS t (term);

-- Names and addresses, so it is emptied when a person is erased.
CREATE TABLE customer_terms (
    organization_id uuid NOT NULL,
    term text COLLATE "C" NOT NULL,
    customer_id uuid NOT NULL,
    PRIMARY KEY (organization_id, term, customer_id)
);

CREATE INDEX customer_terms_of_customer ON customer_terms (customer_id);

INSERT INTO customer_terms
SELECT DISTINCT organization_id, t.term, id FROM customers,
    unnest(search_terms(name) || search_terms(email) || search_terms(external_id)) AS t (term);

-- What invoices and money add up to, by organization, currency, day and measure. Transactions that change an invoice
-- only append to statistic_changes, so that none waits for another; a loop folds those into statistic_days.
CREATE TABLE statistic_days (
    organization_id uuid NOT NULL,
    day date NOT NULL,
    currency text NOT NULL,
    measure text NOT NULL,
    count bigint NOT NULL,
    amount bigint NOT NULL,
    seconds bigint NOT NULL,
    PRIMARY KEY (organization_id, day, currency, measure)
);

CREATE TABLE statistic_changes (LIKE statistic_days);

CREATE INDEX statistic_changes_of_organization ON statistic_changes (organization_id);

-- The same, counted anew: what the tables above must always agree with.
CREATE VIEW statistic_recount AS
SELECT organization_id, day, currency, measure, sum(count)::bigint AS count, sum(amount)::bigint AS amount,
    sum(seconds)::bigint AS seconds
FROM (
    SELECT organization_id, issue_date AS day, currency, 'issued' AS measure, 1 AS count, total AS amount, 0 AS seconds
    FROM invoices WHERE state <> 'draft'
    UNION ALL
    SELECT organization_id, issue_date, currency, 'voided', 1, total, 0 FROM invoices WHERE state = 'voided'
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

INSERT INTO statistic_days SELECT * FROM statistic_recount;
