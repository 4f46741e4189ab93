-- Wishes for a fresh pay link from one that has expired: a few a day for each invoice.
CREATE TABLE pay_link_renewals (
    renewal_id uuid PRIMARY KEY,
    invoice_id uuid NOT NULL,
    requested_at timestamptz NOT NULL
);
CREATE INDEX pay_link_renewals_by_invoice ON pay_link_renewals (invoice_id, requested_at);
