-- What credit notes said is to become the client's credit instead of being refunded.
ALTER TABLE invoices ADD amount_to_credit bigint NOT NULL DEFAULT 0
    CHECK (amount_to_credit BETWEEN 0 AND amount_credited);

-- A note never changes, except that one that has only lowered what was due can be cancelled; its number stays.
CREATE TABLE credit_notes (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    invoice_id uuid NOT NULL REFERENCES invoices (id),
    customer_id uuid NOT NULL,
    number text NOT NULL,
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    tax bigint NOT NULL,
    taxes jsonb,
    lines jsonb,
    reduced bigint NOT NULL CHECK (reduced >= 0),
    returned bigint NOT NULL CHECK (returned >= 0),
    settle text NOT NULL CHECK (settle IN ('reduce', 'refund', 'credit')),
    reason text NOT NULL,
    issue_date date NOT NULL,
    created_at timestamptz NOT NULL,
    voided_at timestamptz,
    CONSTRAINT within_amount CHECK (reduced + returned <= amount),
    CONSTRAINT settled_for_good CHECK (voided_at IS NULL OR returned = 0)
);

CREATE UNIQUE INDEX credit_notes_of_organization ON credit_notes (organization_id, id);
CREATE UNIQUE INDEX credit_notes_numbers ON credit_notes (organization_id, number);
CREATE INDEX credit_notes_of_invoice ON credit_notes (invoice_id, id);
CREATE INDEX credit_notes_of_customer ON credit_notes (customer_id, id);
