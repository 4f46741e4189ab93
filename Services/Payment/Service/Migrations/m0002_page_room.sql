-- The rows of a page are charged on the same day and by the same batches: every one of them gets a new version at nearly
-- the same time, and each needs room on the page, or every index gets an entry too.
ALTER TABLE payables SET (fillfactor = 50);
ALTER TABLE plans SET (fillfactor = 50);
ALTER TABLE payments SET (fillfactor = 50);

COMMENT ON COLUMN payables.invoice_paid IS
    'What the invoice service has acknowledged; it does so only where a person waits for it. The money is in collected.';
