-- What a permission covers: everything of a sender, one series, or one invoice. The most specific one wins.
ALTER TABLE mandates ADD recurring_invoice_id uuid;
ALTER TABLE mandates ADD invoice_id uuid;
ALTER TABLE mandates ADD charges_on_due_date boolean NOT NULL DEFAULT false;
ALTER TABLE mandates ADD scope_id uuid NOT NULL
    GENERATED ALWAYS AS (coalesce(invoice_id, recurring_invoice_id, organization_id)) STORED;
ALTER TABLE mandates ADD CHECK (invoice_id IS NULL OR recurring_invoice_id IS NULL);
ALTER TABLE mandates ADD UNIQUE (account_id, organization_id, scope_id);
ALTER TABLE mandates DROP CONSTRAINT mandates_account_id_organization_id_key;

-- What a payer says about a charge that they reject, for its sender; blanked when the payer is forgotten.
ALTER TABLE plans ADD note text;
