-- One index keeps numbers unique and sorts them; drafts, which have none, are not in it.
DROP INDEX invoices_numbers;
DROP INDEX invoices_by_number;
CREATE UNIQUE INDEX invoices_numbers ON invoices (organization_id, length(number), number COLLATE "C")
    WHERE number IS NOT NULL;

-- An invoice is written with its words and lines in one transaction, by one place, for a customer which that has read and
-- which is never deleted. To have it checked again would lock customer and invoice once more for each row. An invariant
-- looks for what belongs to no invoice.
ALTER TABLE invoices DROP CONSTRAINT invoices_customer_id_fkey;
ALTER TABLE invoice_documents DROP CONSTRAINT invoice_documents_invoice_id_fkey;
ALTER TABLE invoice_lines DROP CONSTRAINT invoice_lines_invoice_id_fkey;
