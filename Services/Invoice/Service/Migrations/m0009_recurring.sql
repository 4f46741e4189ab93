-- A series of invoices: what each of them says, kept as it was asked for, and on which days they fall.
CREATE TABLE recurring_invoices (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL REFERENCES customers (id),
    external_id text,
    name text,
    metadata jsonb,
    content jsonb NOT NULL,
    due_after_days integer NOT NULL CHECK (due_after_days >= 0),
    auto_finalize boolean NOT NULL,
    auto_send boolean NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'paused', 'needs_attention', 'finished', 'cancelled')),
    attention_code text,
    attention_detail text,
    start_date date NOT NULL,
    local_time time NOT NULL,
    zone text NOT NULL,
    every integer NOT NULL CHECK (every > 0),
    unit text NOT NULL CHECK (unit IN ('day', 'week', 'month', 'year')),
    anchor_day integer NOT NULL CHECK (anchor_day BETWEEN 1 AND 31),
    until_date date,
    max_count integer CHECK (max_count > 0),
    -- The place in the rule of the first day that is still to come, or was missed.
    next_position integer NOT NULL CHECK (next_position >= 0),
    skipped date[] NOT NULL,
    last_date date,
    invoice_count bigint NOT NULL CHECK (invoice_count >= 0),
    -- What was timed for an older generation means nothing.
    generation bigint NOT NULL CHECK (generation > 0),
    sequence bigint NOT NULL CHECK (sequence > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT attention_has_a_reason CHECK ((status = 'needs_attention') = (attention_code IS NOT NULL)),
    CONSTRAINT sent_means_issued CHECK (auto_finalize OR NOT auto_send)
);

CREATE UNIQUE INDEX recurring_invoices_of_organization ON recurring_invoices (organization_id, id);
CREATE INDEX recurring_invoices_of_customer ON recurring_invoices (customer_id, id);
CREATE UNIQUE INDEX recurring_external_ids ON recurring_invoices (organization_id, external_id)
    WHERE external_id IS NOT NULL;

-- What became of a day: one invoice at the most, however often it is asked for; no invoice for a day that was skipped.
-- The row stays when the draft that it names is deleted.
CREATE TABLE recurring_occurrences (
    recurring_invoice_id uuid NOT NULL REFERENCES recurring_invoices (id),
    date date NOT NULL,
    invoice_id uuid UNIQUE,
    made_at timestamptz NOT NULL,
    CONSTRAINT one_invoice_per_day PRIMARY KEY (recurring_invoice_id, date)
);

ALTER TABLE invoice_documents
    ADD recurring_invoice_id uuid,
    ADD occurrence_date date,
    ADD CONSTRAINT occurrences_have_a_day CHECK ((recurring_invoice_id IS NULL) = (occurrence_date IS NULL));

CREATE INDEX invoice_documents_of_series ON invoice_documents (recurring_invoice_id, invoice_id)
    WHERE recurring_invoice_id IS NOT NULL;
