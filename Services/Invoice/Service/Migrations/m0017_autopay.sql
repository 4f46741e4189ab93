-- What a mandate covers: everything of the sender, one series, or one invoice. The most specific that was not taken back
-- counts, even while it rests.
ALTER TABLE mandates ADD recurring_invoice_id uuid;
ALTER TABLE mandates ADD invoice_id uuid;
ALTER TABLE mandates ADD is_revoked boolean NOT NULL DEFAULT false;

-- Open invoices that a mandate covers and that are not collected under it all the same: the payer has skipped or
-- rejected the charge, or it has failed for good. Rare, as are the events that tell of it.
CREATE TABLE autopay_exceptions (
    plan_id uuid PRIMARY KEY,
    invoice_id uuid NOT NULL,
    mandate_id uuid NOT NULL,
    is_exception boolean NOT NULL,
    sequence bigint NOT NULL
);

CREATE INDEX autopay_exceptions_of_invoice ON autopay_exceptions (invoice_id) WHERE is_exception;
