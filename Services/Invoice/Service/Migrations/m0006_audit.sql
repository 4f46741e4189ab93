-- Who did what to which invoice, and how it stood then: ids and figures, no names. What money did stands in receipts and
-- refunds, what became of mails in invoice_mails.
CREATE TABLE audit_entries (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL,
    organization_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    action text NOT NULL,
    actor_kind text NOT NULL CHECK (actor_kind IN ('account', 'superadmin', 'machine', 'service')),
    actor_id uuid,
    at timestamptz NOT NULL,
    state text,
    debt text,
    currency text,
    total bigint,
    due_date date,
    customer_id uuid,
    invoice_number text,
    CONSTRAINT somebody_did_it CHECK ((actor_kind = 'service') = (actor_id IS NULL))
);

CREATE INDEX audit_entries_of_invoice ON audit_entries (invoice_id, number);
CREATE INDEX refunds_of_invoice ON refunds (invoice_id);
CREATE INDEX invoice_mails_of_invoice ON invoice_mails (invoice_id);

-- What is written stays written. The role that owns these tables takes the rights away from itself; should they come
-- back with a restore or by hand, the triggers still say no.
REVOKE UPDATE, DELETE, TRUNCATE ON audit_entries, receipts, refunds, invoice_mails FROM CURRENT_USER;
GRANT UPDATE (delivered_at) ON invoice_mails TO CURRENT_USER;

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;

CREATE TRIGGER audit_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_entries
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER receipts_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON receipts
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER refunds_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON refunds
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
