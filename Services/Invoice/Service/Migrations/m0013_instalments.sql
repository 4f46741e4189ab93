-- How a sender wants an invoice to be paid in parts, and whether a payer may pay less than is asked for; nothing for most.
ALTER TABLE invoice_documents ADD instalment_terms jsonb;
ALTER TABLE invoice_documents ADD allow_partial_payments boolean;

-- The dated parts of an invoice; fixed when it is issued. What of them is paid follows from the invoice's amounts:
-- money fills them in their order, so a part is settled when `through`, what all parts up to it come to, has come.
CREATE TABLE invoice_instalments (
    invoice_id uuid NOT NULL,
    no integer NOT NULL CHECK (no BETWEEN 1 AND 60),
    due_date date NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    through bigint NOT NULL CHECK (through >= amount),
    PRIMARY KEY (invoice_id, no)
);

-- What a daily pass looks for where an invoice is paid in parts; the many others have nothing here.
ALTER TABLE unsettled_invoices ADD next_due_date date;
CREATE INDEX unsettled_invoices_by_part ON unsettled_invoices (organization_id, next_due_date, invoice_id)
    WHERE next_due_date IS NOT NULL;

-- The day on which something is due next: of the first part that has not come yet, else of the whole. Credit notes do
-- not move it, because they lower the last parts. For rows of invoices of which something is open.
CREATE FUNCTION next_due_date(i invoices) RETURNS date LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        (SELECT p.due_date FROM invoice_instalments p
          WHERE p.invoice_id = i.id AND p.through > i.amount_paid ORDER BY p.no LIMIT 1),
        i.due_date)
$$;
