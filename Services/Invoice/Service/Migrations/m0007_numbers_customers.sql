-- How an organization writes the numbers of a series; what has no row is written as usual.
CREATE TABLE number_series (
    organization_id uuid NOT NULL,
    series text NOT NULL CHECK (series IN ('invoice', 'credit_note')),
    prefix text,
    pattern text NOT NULL,
    is_yearly boolean NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (organization_id, series)
);

-- One row per series and period, locked last in the transaction that issues a document. The period is the year where
-- the series begins again each year, else nothing. Invoices that never begin again are counted in invoice_counters, as
-- a release that does not know of series does.
CREATE TABLE number_counters (
    organization_id uuid NOT NULL,
    series text NOT NULL,
    period text NOT NULL,
    last_count bigint NOT NULL CHECK (last_count > 0),
    PRIMARY KEY (organization_id, series, period),
    CONSTRAINT counted_elsewhere CHECK (series <> 'invoice' OR period <> '')
);

-- What many customers do without, written by a statement of its own.
ALTER TABLE customers
    ADD contacts jsonb,
    ADD billing_address jsonb,
    ADD shipping_address jsonb,
    ADD zone text,
    ADD payment_terms_days integer CHECK (payment_terms_days BETWEEN 0 AND 365),
    ADD archived_at timestamptz;

-- One sending is one mail to each recipient; the counters of an invoice count sendings.
ALTER TABLE invoice_mails ADD is_copy boolean NOT NULL DEFAULT false;
