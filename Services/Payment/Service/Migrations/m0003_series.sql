-- The series that made an invoice: what a payer allows for its sender pays all of them, and the payer is told so.
ALTER TABLE payables ADD recurring_invoice_id uuid;
