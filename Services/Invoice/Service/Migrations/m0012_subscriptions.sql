-- Period: from period_start to just before period_end; no end while resting or over. Generation: of the timer that goes
-- off at the end of the period; dues of older ones mean nothing.
CREATE TABLE subscriptions (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL REFERENCES customers (id),
    currency text NOT NULL,
    zone text NOT NULL,
    state text NOT NULL CHECK (state IN ('trialing', 'active', 'paused', 'cancelled')),
    ends_with_period boolean NOT NULL,
    interval_unit text NOT NULL,
    interval_count integer NOT NULL,
    anchor timestamptz NOT NULL,
    period_kind text NOT NULL CHECK (period_kind IN ('trial', 'paid', 'rest', 'end')),
    period_start timestamptz NOT NULL,
    period_end timestamptz,
    trial_ends_at timestamptz,
    ended_at timestamptz,
    invoicing text NOT NULL CHECK (invoicing IN ('draft', 'finalize', 'send')),
    due_days integer NOT NULL CHECK (due_days >= 0),
    latest_invoice_id uuid,
    metadata jsonb,
    generation bigint NOT NULL CHECK (generation > 0),
    sequence bigint NOT NULL CHECK (sequence > 0),
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT cancelled_means_ended CHECK ((state = 'cancelled') = (ended_at IS NOT NULL)),
    CONSTRAINT periods_have_length CHECK (period_end > period_start)
);

CREATE UNIQUE INDEX subscriptions_of_organization ON subscriptions (organization_id, id);
CREATE INDEX subscriptions_of_customer ON subscriptions (customer_id, id);
CREATE INDEX IF NOT EXISTS invoices_of_subscription ON invoices (subscription_id, id)
    WHERE subscription_id IS NOT NULL;

-- Quantity in millionths; none where usage says it.
CREATE TABLE subscription_items (
    subscription_id uuid NOT NULL REFERENCES subscriptions (id),
    position integer NOT NULL CHECK (position >= 0),
    price_id uuid NOT NULL REFERENCES prices (id),
    quantity bigint CHECK (quantity > 0),
    PRIMARY KEY (subscription_id, position)
);

-- Every period that has begun, and the one invoice that was made at its start: for the period itself, paid in advance,
-- and for the usage of the one before.
CREATE TABLE subscription_periods (
    subscription_id uuid NOT NULL REFERENCES subscriptions (id),
    period_start timestamptz NOT NULL,
    period_end timestamptz CHECK (period_end >= period_start),
    kind text NOT NULL CHECK (kind IN ('trial', 'paid', 'rest', 'end')),
    invoice_id uuid UNIQUE,
    PRIMARY KEY (subscription_id, period_start)
);

-- What a change gives back or asks for, until the next invoice takes it.
CREATE TABLE subscription_charges (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subscription_id uuid NOT NULL REFERENCES subscriptions (id),
    description text NOT NULL,
    quantity text NOT NULL,
    unit_price text NOT NULL,
    tax_rate_ids uuid[] NOT NULL
);

CREATE INDEX subscription_charges_waiting ON subscription_charges (subscription_id, id);

-- What was used, by the sender's own ids: the key makes counting it twice impossible. billed_at is the start of the
-- period whose invoice counts it.
CREATE TABLE usage_events (
    organization_id uuid NOT NULL,
    id text NOT NULL,
    subscription_id uuid NOT NULL,
    meter text NOT NULL,
    quantity bigint NOT NULL CHECK (quantity >= 0),
    unique_key text,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    billed_at timestamptz,
    PRIMARY KEY (organization_id, id)
);

CREATE INDEX usage_events_unbilled ON usage_events (subscription_id, occurred_at) WHERE billed_at IS NULL;
