-- What leaves the system: mails, notices, the feed of events; and of people only what mails need.

CREATE TABLE organizations (
    organization_id uuid PRIMARY KEY,
    name text NOT NULL,
    email text,
    address text,
    language text,
    accent_color text,
    as_of timestamptz NOT NULL
);

CREATE TABLE accounts (
    account_id uuid PRIMARY KEY,
    name text NOT NULL,
    email text,
    language text,
    as_of timestamptz NOT NULL
);

CREATE TABLE customers (
    customer_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    version bigint NOT NULL,
    name text NOT NULL,
    email text,
    language text
);

-- One row per finalized invoice: its number never changes, so the row is never updated.
CREATE TABLE invoices (
    invoice_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    number text NOT NULL
);

-- A reader's cursor is (transaction, position). A row is shown only when every older writing transaction has ended,
-- so nothing ever appears before a cursor that was handed out.
CREATE TABLE feed (
    event_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    transaction xid8 NOT NULL DEFAULT pg_current_xact_id(),
    position bigint GENERATED ALWAYS AS IDENTITY,
    sequence bigint,
    source text NOT NULL,
    type text NOT NULL,
    subject text NOT NULL,
    body bytea COMPRESSION lz4 NOT NULL
);
CREATE UNIQUE INDEX feed_order ON feed (organization_id, transaction, position);

-- What people are shown when they sign in. The audience is a sender's members, or one client.
CREATE TABLE notices (
    id uuid NOT NULL,
    event_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    account_id uuid,
    kind text NOT NULL,
    invoice_id uuid,
    invoice_number text,
    currency text,
    amount_minor bigint,
    on_date date,
    detail text,
    created_at timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (event_id, account_id)
);
CREATE INDEX notices_of_organization ON notices (organization_id, id) WHERE account_id IS NULL;
CREATE INDEX notices_of_account ON notices (account_id, id) WHERE account_id IS NOT NULL;

CREATE TABLE notice_reads (
    notice_id uuid NOT NULL,
    account_id uuid NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (notice_id, account_id)
);

-- One mail per cause. A link in it stays sealed here and is removed once the mail is out.
CREATE TABLE mails (
    id uuid PRIMARY KEY,
    cause text NOT NULL UNIQUE,
    kind text NOT NULL,
    organization_id uuid,
    customer_id uuid,
    account_id uuid,
    invoice_id uuid,
    recipient text,
    recipient_name text,
    language text,
    facts bytea NOT NULL,
    sealed_link text,
    expires_at timestamptz,
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sent', 'failed', 'obsolete')),
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    lease uuid,
    last_error text,
    correlation_id uuid NOT NULL,
    causation_id uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    finished_at timestamptz
);
CREATE INDEX mails_due ON mails (next_attempt_at) WHERE state = 'queued';
