-- The gateway's own list of a day held against the books of that day. A day goes on where it stopped: at the cursor of
-- its stage, under a lease, so that any number of replicas may work on it and one that died holds nothing up.
CREATE TABLE reconciliations (
    reconciliation_id uuid PRIMARY KEY,
    gateway_account text NOT NULL,
    day date NOT NULL,
    stage text NOT NULL DEFAULT 'charges' CHECK (stage IN ('charges', 'refunds', 'books', 'done')),
    cursor text,
    lease_token uuid,
    next_at timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    UNIQUE (gateway_account, day),
    CHECK ((stage = 'done') = (finished_at IS NOT NULL))
);

-- What the gateway listed, as long as the day is worked on. Of another day is what was booked on this one and asked for
-- by its name; it is not counted.
CREATE TABLE reconciliation_items (
    reconciliation_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('charge', 'refund')),
    reference text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL,
    is_of_day boolean NOT NULL,
    PRIMARY KEY (reconciliation_id, kind, reference)
);

-- What both sides came to on a finished day, each by its own clock.
CREATE TABLE reconciliation_totals (
    reconciliation_id uuid NOT NULL REFERENCES reconciliations,
    kind text NOT NULL,
    currency text NOT NULL,
    gateway_count bigint NOT NULL,
    gateway_amount bigint NOT NULL,
    booked_count bigint NOT NULL,
    booked_amount bigint NOT NULL,
    PRIMARY KEY (reconciliation_id, kind, currency)
);

-- Its id follows from the day and the name, so that a page that is read again finds nothing new.
CREATE TABLE reconciliation_differences (
    difference_id uuid PRIMARY KEY,
    reconciliation_id uuid NOT NULL REFERENCES reconciliations,
    kind text NOT NULL CHECK (kind IN ('charge', 'refund')),
    difference text NOT NULL CHECK (difference IN ('missing_here', 'missing_there', 'amount_differs')),
    reason text NOT NULL,
    reference text NOT NULL,
    -- The attempt or refund, where somebody knows which; it need not exist.
    subject_id uuid,
    currency text NOT NULL,
    gateway_amount bigint,
    booked_amount bigint,
    found_at timestamptz NOT NULL,
    resolved_at timestamptz
);
CREATE INDEX reconciliation_differences_by_day ON reconciliation_differences (reconciliation_id, difference_id);
CREATE INDEX reconciliation_differences_open ON reconciliation_differences (difference_id) WHERE resolved_at IS NULL;

-- Transfers are added in the order of their times, so the blocks of a day lie together and this index has a few entries.
CREATE INDEX ledger_transfers_by_time ON ledger_transfers USING brin (booked_at);
