-- What the gateway has told by itself, each event once. Only what is needed is kept, and nothing that names a person.
CREATE TABLE gateway_notices (
    gateway_account text NOT NULL,
    event_id text NOT NULL,
    type text NOT NULL,
    notice jsonb NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'settled', 'review')),
    reason text,
    tries int NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (gateway_account, event_id)
);
CREATE INDEX gateway_notices_waiting ON gateway_notices (next_at) WHERE state = 'waiting';
CREATE INDEX gateway_notices_settled ON gateway_notices (received_at) WHERE state = 'settled';
CREATE INDEX gateway_notices_review ON gateway_notices (received_at) WHERE state = 'review';

CREATE INDEX gateway_customers_by_reference ON gateway_customers (gateway_account, reference);
