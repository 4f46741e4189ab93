-- A payer's order to pay a sender a fixed amount again and again, and how far its series of days has come.
CREATE TABLE standing_orders (
    standing_order_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    account_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    payment_method_id uuid NOT NULL REFERENCES payment_methods,
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    status text NOT NULL CHECK (status IN ('active', 'paused', 'needs_attention', 'finished', 'cancelled')),
    start_date date NOT NULL,
    zone text NOT NULL,
    every int NOT NULL,
    unit text NOT NULL,
    anchor_day int NOT NULL,
    until_date date,
    max_count int,
    next_position int NOT NULL,
    skipped date[] NOT NULL DEFAULT '{}',
    generation bigint NOT NULL,
    sequence bigint NOT NULL,
    consented_at timestamptz NOT NULL,
    consented_from text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX standing_orders_by_account ON standing_orders (account_id, standing_order_id);
CREATE INDEX standing_orders_by_organization ON standing_orders (organization_id, standing_order_id);

-- One day of an order: its payment's id follows from order and day, so that no day is paid twice.
CREATE TABLE standing_order_payments (
    payment_id uuid PRIMARY KEY,
    standing_order_id uuid NOT NULL REFERENCES standing_orders,
    day date NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    state text NOT NULL CHECK (state IN ('due', 'charging', 'waiting', 'collected', 'failed', 'cancelled')),
    step int NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    reason text,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    UNIQUE (standing_order_id, day)
);
CREATE INDEX standing_order_payments_open ON standing_order_payments (next_at) WHERE state IN ('due', 'charging');

-- An attempt of a standing order holds many payables, or none: these, and what each of them got once it succeeded.
ALTER TABLE attempts ALTER invoice_id DROP NOT NULL;
CREATE TABLE attempt_payables (
    attempt_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    amount bigint NOT NULL DEFAULT 0 CHECK (amount >= 0),
    PRIMARY KEY (attempt_id, invoice_id)
);
CREATE INDEX attempt_payables_by_invoice ON attempt_payables (invoice_id);
CREATE INDEX attempt_payables_by_payment ON attempt_payables (payment_id);

CREATE OR REPLACE VIEW allocations AS
    SELECT payment_id, invoice_id, amount FROM payments WHERE state = 'succeeded' AND invoice_id IS NOT NULL
    UNION ALL
    SELECT payment_id, invoice_id, amount FROM attempt_payables WHERE amount > 0;
