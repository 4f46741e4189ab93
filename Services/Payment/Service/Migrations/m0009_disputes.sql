-- What payers objected to at their banks. Withheld is what the bank has taken back: as long as it is, it is not there to be
-- refunded, and counts as refunded in the payment's own column.
CREATE TABLE disputes (
    dispute_id uuid PRIMARY KEY,
    gateway_account text NOT NULL,
    gateway_reference text NOT NULL,
    organization_id uuid NOT NULL,
    payment_id uuid NOT NULL REFERENCES payments,
    invoice_id uuid NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    withheld bigint NOT NULL CHECK (withheld BETWEEN 0 AND amount),
    reason text NOT NULL,
    status text NOT NULL CHECK (status IN ('opened', 'won', 'lost')),
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    UNIQUE (gateway_account, gateway_reference),
    CHECK ((status = 'opened') = (closed_at IS NULL))
);
CREATE INDEX disputes_by_organization ON disputes (organization_id, opened_at, dispute_id);
CREATE INDEX disputes_by_invoice ON disputes (invoice_id);
