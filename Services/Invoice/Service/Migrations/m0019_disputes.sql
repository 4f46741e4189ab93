-- What payers objected to at their banks, as the payment service says it.
CREATE TABLE disputes (
    dispute_id uuid PRIMARY KEY,
    invoice_id uuid NOT NULL,
    payment_id uuid NOT NULL,
    organization_id uuid NOT NULL,
    withheld bigint NOT NULL,
    status text NOT NULL CHECK (status IN ('opened', 'won', 'lost')),
    changed_at timestamptz NOT NULL
);
CREATE INDEX disputes_of_invoice ON disputes (invoice_id);
