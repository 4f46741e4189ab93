-- The payment service's schema. Amounts are minor units. Every "now" is a parameter: nothing here asks the clock.

-- What other services have said: projections, each guarded by its sequence.

CREATE TABLE organizations (
    organization_id uuid PRIMARY KEY,
    currency text NOT NULL,
    zone text NOT NULL,
    name text,
    charging_paused boolean NOT NULL DEFAULT false,
    sequence bigint NOT NULL
);

CREATE TABLE customers (
    customer_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    account_id uuid,
    sequence bigint NOT NULL
);
CREATE INDEX customers_by_account ON customers (account_id, organization_id) WHERE account_id IS NOT NULL;

-- total, credited, status, link_* and invoice_sequence have one writer, the invoice service's events;
-- collected, refunded, moved_to_credit and leased_by another, this service. No index contains what a charge changes,
-- so that its updates stay on the page.
CREATE TABLE payables (
    invoice_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    account_id uuid,
    number text NOT NULL,
    currency text NOT NULL,
    zone text NOT NULL,
    issue_date date NOT NULL,
    due_date date NOT NULL,
    finalized_at timestamptz NOT NULL,
    status text NOT NULL,
    total bigint NOT NULL CHECK (total >= 0),
    credited bigint NOT NULL DEFAULT 0 CHECK (credited >= 0),
    invoice_paid bigint NOT NULL DEFAULT 0,
    invoice_refunded bigint NOT NULL DEFAULT 0,
    invoice_sequence bigint NOT NULL,
    link_generation bigint NOT NULL DEFAULT 0,
    link_expires_at timestamptz,
    link_is_one_time boolean NOT NULL DEFAULT false,
    link_used_generation bigint,
    collected bigint NOT NULL DEFAULT 0 CHECK (collected >= 0),
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0),
    moved_to_credit bigint NOT NULL DEFAULT 0 CHECK (moved_to_credit >= 0),
    leased_by uuid,
    has_waiting_plan boolean NOT NULL DEFAULT false,
    CHECK (refunded + moved_to_credit <= collected)
) WITH (fillfactor = 80);
CREATE INDEX payables_by_account ON payables (account_id, organization_id) WHERE account_id IS NOT NULL;
CREATE INDEX payables_by_customer ON payables (customer_id);

-- Cards, kept by the gateway; here is what names them.

CREATE TABLE gateway_customers (
    account_id uuid NOT NULL,
    gateway_account text NOT NULL,
    reference text NOT NULL,
    PRIMARY KEY (account_id, gateway_account)
);

CREATE TABLE payment_methods (
    payment_method_id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    gateway_account text NOT NULL,
    gateway_customer text NOT NULL,
    reference text NOT NULL,
    brand text NOT NULL,
    last4 text NOT NULL,
    expiry_year int NOT NULL,
    expiry_month int NOT NULL CHECK (expiry_month BETWEEN 1 AND 12),
    is_removed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    sequence bigint NOT NULL DEFAULT 1,
    UNIQUE (gateway_account, reference)
);
CREATE INDEX payment_methods_by_account ON payment_methods (account_id) WHERE NOT is_removed;

-- The payer's permission for one sender.
CREATE TABLE mandates (
    mandate_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    account_id uuid NOT NULL,
    status text NOT NULL CHECK (status IN ('active', 'paused', 'needs_update', 'revoked')),
    payment_method_id uuid NOT NULL REFERENCES payment_methods,
    charge_after_days int NOT NULL CHECK (charge_after_days BETWEEN 0 AND 365),
    currency text,
    cap_per_charge bigint CHECK (cap_per_charge > 0),
    cap_per_month bigint CHECK (cap_per_month > 0),
    covers_from timestamptz NOT NULL,
    consented_at timestamptz NOT NULL,
    consented_from text NOT NULL,
    updated_at timestamptz NOT NULL,
    sequence bigint NOT NULL DEFAULT 1,
    UNIQUE (account_id, organization_id),
    CHECK ((cap_per_charge IS NULL AND cap_per_month IS NULL) OR currency IS NOT NULL)
);

-- An automatic payment to come or past; its id follows from invoice, part and mandate. It refers to no payable, because
-- those are a projection that may be dropped and asked for again.
CREATE TABLE plans (
    plan_id uuid PRIMARY KEY,
    invoice_id uuid NOT NULL,
    mandate_id uuid NOT NULL REFERENCES mandates,
    organization_id uuid NOT NULL,
    account_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    state text NOT NULL
        CHECK (state IN ('planned', 'waiting', 'charging', 'collected', 'cancelled', 'skipped', 'failed')),
    charge_on date NOT NULL,
    generation bigint NOT NULL DEFAULT 1,
    step int NOT NULL DEFAULT 0,
    reason text,
    sequence bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX plans_by_invoice ON plans (invoice_id);
CREATE INDEX plans_by_account ON plans (account_id, created_at, plan_id);
CREATE INDEX plans_by_organization ON plans (organization_id, created_at, plan_id);
CREATE INDEX plans_by_mandate ON plans (mandate_id, charge_on);

-- Money collected, or to be collected, by one or more attempts one after the other.
CREATE TABLE payments (
    payment_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid,
    account_id uuid,
    plan_id uuid,
    invoice_id uuid,
    source text NOT NULL CHECK (source IN ('link', 'button', 'autopay', 'standing_order', 'manual')),
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    state text NOT NULL CHECK (state IN ('open', 'succeeded', 'failed', 'cancelled')),
    attempt_count int NOT NULL DEFAULT 1,
    last_attempt_id uuid,
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded >= 0 AND refunded <= amount),
    sequence bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    settled_at timestamptz
) WITH (fillfactor = 80);
CREATE INDEX payments_by_invoice ON payments (invoice_id);

-- One try. Its id follows from payment and number, and so does the idempotency key: the primary key alone makes a second
-- attempt of the same number impossible. It refers to its payment without a foreign key: both are written in one
-- statement, and the check would plan and run a query for each row (an invariant looks for attempts without a payment
-- instead). next_at is the time before which nothing happens: of a ready attempt the earliest send, of one in flight the
-- end of its lease, of an unknown one the next look-up.
CREATE TABLE attempts (
    attempt_id uuid PRIMARY KEY,
    payment_id uuid NOT NULL,
    number int NOT NULL CHECK (number > 0),
    organization_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    plan_id uuid,
    state text NOT NULL CHECK (state IN (
        'held', 'ready', 'in_flight', 'requires_action', 'unknown', 'needs_review', 'succeeded', 'declined', 'cancelled')),
    amount bigint NOT NULL CHECK (amount >= 0),
    currency text NOT NULL,
    gateway_customer text,
    gateway_method text,
    brand text,
    last4 text,
    off_session boolean NOT NULL,
    sends int NOT NULL DEFAULT 0,
    look_ups int NOT NULL DEFAULT 0,
    lease_token uuid,
    next_at timestamptz,
    sent_at timestamptz,
    is_announced boolean NOT NULL DEFAULT false,
    gateway_reference text,
    decline_class text,
    outcome_code text,
    correlation_id uuid NOT NULL,
    causation_id uuid,
    created_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX attempts_ready ON attempts (organization_id, next_at, attempt_id) WHERE state = 'ready';
CREATE INDEX attempts_pending ON attempts (next_at) WHERE state IN ('in_flight', 'unknown', 'requires_action');
CREATE UNIQUE INDEX attempts_one_success ON attempts (payment_id) WHERE state = 'succeeded';

-- What of a payment went to which invoice.
CREATE VIEW allocations AS
    SELECT payment_id, invoice_id, amount FROM payments WHERE state = 'succeeded' AND invoice_id IS NOT NULL;

-- Double entry: what one account gives, another takes. The id is that of the payment or refund, so that none is booked
-- twice. Rows are only ever added.
CREATE TABLE ledger_transfers (
    transfer_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    debit text NOT NULL CHECK (debit IN ('gateway', 'manual', 'sender', 'payer_credit')),
    credit text NOT NULL CHECK (credit IN ('gateway', 'manual', 'sender', 'payer_credit') AND credit <> debit),
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    booked_at timestamptz NOT NULL
);

-- The same as entries, whose sum is nothing by construction.
CREATE VIEW ledger_entries AS
    SELECT transfer_id, organization_id, debit AS account, currency, amount, booked_at FROM ledger_transfers
    UNION ALL
    SELECT transfer_id, organization_id, credit, currency, -amount, booked_at FROM ledger_transfers;

CREATE TABLE refunds (
    refund_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL REFERENCES payments,
    invoice_id uuid NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    reason text NOT NULL,
    state text NOT NULL CHECK (state IN ('ready', 'in_flight', 'succeeded', 'failed', 'needs_review')),
    gateway_payment text NOT NULL,
    gateway_reference text,
    sends int NOT NULL DEFAULT 0,
    lease_token uuid,
    next_at timestamptz,
    outcome_code text,
    created_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX refunds_open ON refunds (next_at) WHERE state IN ('ready', 'in_flight');
CREATE INDEX refunds_by_payment ON refunds (payment_id);
