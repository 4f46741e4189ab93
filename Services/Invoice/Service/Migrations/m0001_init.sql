-- What identity tells about organizations; the sequence keeps an older event from overwriting a newer one.
CREATE TABLE organizations (
    id uuid PRIMARY KEY,
    currency text NOT NULL,
    zone text NOT NULL,
    invoice_prefix text NOT NULL,
    pay_link_days integer NOT NULL CHECK (pay_link_days >= 0),
    pay_link_one_time boolean NOT NULL,
    domain text,
    sequence bigint NOT NULL
);

-- Names and addresses, apart from the facts: they come on the private exchange and are blanked on erasure.
CREATE TABLE organization_persons (
    organization_id uuid PRIMARY KEY,
    name text NOT NULL,
    email text,
    address text,
    language text,
    as_of timestamptz NOT NULL
);

-- One row per organization, locked last in the transaction that issues an invoice: numbers have no gaps.
CREATE TABLE invoice_counters (
    organization_id uuid PRIMARY KEY,
    last_count bigint NOT NULL CHECK (last_count > 0)
);

CREATE TABLE customers (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    account_id uuid,
    currency text,
    name text NOT NULL,
    email text,
    address text,
    language text,
    external_id text,
    metadata jsonb,
    person_version bigint NOT NULL CHECK (person_version > 0),
    sequence bigint NOT NULL CHECK (sequence > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX customers_of_organization ON customers (organization_id, id);
CREATE UNIQUE INDEX customers_external_ids ON customers (organization_id, external_id) WHERE external_id IS NOT NULL;
CREATE INDEX customers_of_account ON customers (account_id) WHERE account_id IS NOT NULL;

-- No index has a column that a payment changes (state, amounts, stamps), so booking a payment rewrites one page and no
-- index; the free fifth of each page is for that.
CREATE TABLE invoices (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL REFERENCES customers (id),
    state text NOT NULL CHECK (state IN ('draft', 'finalized', 'paid', 'voided', 'uncollectible')),
    debt text NOT NULL CHECK (debt IN ('unpaid', 'processing', 'partially_paid', 'paid', 'overpaid',
        'partially_refunded', 'refunded', 'disputed')),
    is_processing boolean NOT NULL,
    processing_payment_id uuid,
    currency text NOT NULL,
    zone text NOT NULL,
    total bigint NOT NULL CHECK (total >= 0),
    amount_paid bigint NOT NULL CHECK (amount_paid >= 0),
    amount_refunded bigint NOT NULL CHECK (amount_refunded BETWEEN 0 AND amount_paid),
    amount_credited bigint NOT NULL CHECK (amount_credited >= 0),
    number text,
    subscription_id uuid,
    wallet_id uuid,
    issue_date date,
    due_date date NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    finalized_at timestamptz,
    paid_at timestamptz,
    voided_at timestamptz,
    uncollectible_at timestamptz,
    overdue_at timestamptz,
    pay_link_generation bigint NOT NULL CHECK (pay_link_generation > 0),
    pay_link_expires_at timestamptz,
    pay_link_one_time boolean NOT NULL,
    email_sent_count integer NOT NULL,
    email_sent_at timestamptz,
    sequence bigint NOT NULL CHECK (sequence > 0),
    CONSTRAINT drafts_have_no_number CHECK ((state = 'draft') = (number IS NULL)),
    CONSTRAINT issued_once CHECK ((state = 'draft') = (finalized_at IS NULL)),
    CONSTRAINT paid_means_nothing_open CHECK (state <> 'paid' OR amount_paid + amount_credited >= total)
) WITH (fillfactor = 80);

CREATE UNIQUE INDEX invoices_of_organization ON invoices (organization_id, id);
CREATE INDEX invoices_of_customer ON invoices (customer_id, id);
CREATE UNIQUE INDEX invoices_numbers ON invoices (organization_id, number);

-- Words, and the members of the published snapshot that never change once the invoice is issued, ready to be copied.
CREATE TABLE invoice_documents (
    invoice_id uuid PRIMARY KEY REFERENCES invoices (id) ON DELETE CASCADE,
    title text,
    description text,
    fixed_members bytea
);

CREATE TABLE invoice_lines (
    invoice_id uuid NOT NULL REFERENCES invoices (id) ON DELETE CASCADE,
    position integer NOT NULL CHECK (position >= 0),
    id uuid NOT NULL,
    description text NOT NULL,
    quantity text NOT NULL,
    unit_amount bigint NOT NULL CHECK (unit_amount >= 0),
    total bigint NOT NULL CHECK (total >= 0),
    PRIMARY KEY (invoice_id, position)
);

-- What each payment brought for each invoice; the key makes booking it twice impossible. No reference to invoices: it
-- would lock every invoice once more, and the handler has read the invoice it books on.
CREATE TABLE receipts (
    payment_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    method text NOT NULL,
    source text NOT NULL,
    succeeded_at timestamptz NOT NULL,
    PRIMARY KEY (payment_id, invoice_id)
);

CREATE TABLE refunds (
    refund_id uuid PRIMARY KEY,
    invoice_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    reason text NOT NULL,
    succeeded_at timestamptz NOT NULL
);

-- Mails that were asked for; delivered once however often that is said.
CREATE TABLE invoice_mails (
    mail_id uuid PRIMARY KEY,
    invoice_id uuid NOT NULL,
    kind text NOT NULL,
    requested_at timestamptz NOT NULL,
    delivered_at timestamptz
);
