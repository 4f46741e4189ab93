-- Rates of tax. What a rate says is fixed as soon as a line names it: then it can only be archived.
CREATE TABLE tax_rates (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    parts_per_million bigint NOT NULL CHECK (parts_per_million BETWEEN 0 AND 1000000),
    is_inclusive boolean NOT NULL,
    country text,
    jurisdiction text,
    is_active boolean NOT NULL,
    is_used boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX tax_rates_of_organization ON tax_rates (organization_id, id);

ALTER TABLE customers
    ADD tax_status text NOT NULL DEFAULT 'taxable' CHECK (tax_status IN ('taxable', 'exempt', 'reverse_charge')),
    ADD tax_ids jsonb;

-- A price finer than the minor unit stands in unit_price, as an exact decimal of minor units, and rounded in
-- unit_amount. Lines may give something back: only the whole invoice is never below zero.
ALTER TABLE invoice_lines
    DROP CONSTRAINT invoice_lines_unit_amount_check,
    DROP CONSTRAINT invoice_lines_total_check,
    ADD unit_price text,
    ADD discount_parts_per_million bigint,
    ADD discount_amount bigint,
    ADD tax_rate_ids uuid[],
    ADD metadata jsonb,
    ADD discount bigint NOT NULL DEFAULT 0 CHECK (discount >= 0),
    ADD tax bigint NOT NULL DEFAULT 0,
    ADD added_tax bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT one_discount CHECK (discount_parts_per_million IS NULL OR discount_amount IS NULL);

-- What many invoices do without: written by a statement of its own, only where there is something to write. The rates
-- in taxes are copies: an issued invoice does not change with them.
ALTER TABLE invoice_documents
    ADD organization_id uuid,
    ADD external_id text,
    ADD po_number text,
    ADD terms text,
    ADD footer text,
    ADD metadata jsonb,
    ADD tax_status text CHECK (tax_status IN ('taxable', 'exempt', 'reverse_charge')),
    ADD discount_parts_per_million bigint,
    ADD discount_amount bigint,
    ADD subtotal bigint,
    ADD discount_total bigint,
    ADD tax_total bigint,
    ADD taxes jsonb,
    ADD CONSTRAINT one_discount CHECK (discount_parts_per_million IS NULL OR discount_amount IS NULL),
    ADD CONSTRAINT external_ids_have_an_owner CHECK (external_id IS NULL OR organization_id IS NOT NULL);

CREATE UNIQUE INDEX invoices_external_ids ON invoice_documents (organization_id, external_id)
    WHERE external_id IS NOT NULL;
