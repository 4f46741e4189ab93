-- One constraint names all accounts of the books; the ones before it each knew only some.
ALTER TABLE ledger_transfers DROP CONSTRAINT ledger_transfers_accounts, DROP CONSTRAINT ledger_transfers_credit_check;
ALTER TABLE ledger_transfers ADD CONSTRAINT ledger_transfers_accounts CHECK (
    credit <> debit AND debit IN ('gateway', 'manual', 'sender', 'payer_credit', 'wallet', 'disputed')
    AND credit IN ('gateway', 'manual', 'sender', 'payer_credit', 'wallet', 'disputed'));
