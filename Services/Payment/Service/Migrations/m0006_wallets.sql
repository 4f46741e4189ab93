-- A client's money at a sender. Nobody takes more than is there, and what a payment under way may take is held for it.
CREATE TABLE wallets (
    wallet_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    account_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    currency text NOT NULL,
    balance bigint NOT NULL DEFAULT 0 CHECK (balance >= 0),
    held bigint NOT NULL DEFAULT 0 CHECK (held >= 0),
    threshold bigint CHECK (threshold > 0),
    refill bigint CHECK (refill > 0),
    sequence bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    UNIQUE (account_id, organization_id, currency),
    CHECK (held <= balance),
    CHECK ((threshold IS NULL) = (refill IS NULL))
);
CREATE INDEX wallets_by_organization ON wallets (organization_id, wallet_id);

-- The invoice's id follows from the top-up. While an automatic one is open there is no other.
CREATE TABLE top_ups (
    top_up_id uuid PRIMARY KEY,
    wallet_id uuid NOT NULL REFERENCES wallets,
    invoice_id uuid NOT NULL UNIQUE,
    amount bigint NOT NULL CHECK (amount > 0),
    is_automatic boolean NOT NULL,
    is_open boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL
);
CREATE INDEX top_ups_by_wallet ON top_ups (wallet_id, top_up_id);
CREATE UNIQUE INDEX top_ups_one_automatic ON top_ups (wallet_id) WHERE is_automatic AND is_open;

-- The wallet that an invoice tops up, and what of its money could not be taken back because it was spent.
ALTER TABLE payables ADD wallet_id uuid, ADD spent bigint NOT NULL DEFAULT 0 CHECK (spent >= 0);

-- What of an attempt a wallet pays; amount is the card's part.
ALTER TABLE attempts ADD wallet_id uuid, ADD wallet_amount bigint NOT NULL DEFAULT 0 CHECK (wallet_amount >= 0),
    ADD CHECK (wallet_amount = 0 OR wallet_id IS NOT NULL);
ALTER TABLE mandates ADD pay_with text NOT NULL DEFAULT 'card'
    CHECK (pay_with IN ('card', 'wallet', 'wallet_then_card'));

-- What a sender owes a client from earlier payments; the next invoice in the same currency uses it.
CREATE TABLE credits (
    credit_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    currency text NOT NULL,
    balance bigint NOT NULL CHECK (balance >= 0),
    sequence bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    UNIQUE (customer_id, currency)
);
CREATE INDEX credits_by_organization ON credits (organization_id, credit_id);

-- Each balance is the sum of its transfers. A transfer names the wallet or credit that it moves, and what it was for.
ALTER TABLE ledger_transfers DROP CONSTRAINT ledger_transfers_debit_check, DROP CONSTRAINT ledger_transfers_check,
    ADD wallet_id uuid, ADD credit_id uuid, ADD invoice_id uuid, ADD reason text,
    ADD CHECK (debit IN ('gateway', 'manual', 'sender', 'payer_credit', 'wallet', 'fees', 'disputes')),
    ADD CHECK (credit IN ('gateway', 'manual', 'sender', 'payer_credit', 'wallet', 'fees', 'disputes')),
    ADD CHECK (debit <> credit);

-- Until now credit was booked without saying whose it was; the payables say it.
INSERT INTO credits (credit_id, organization_id, customer_id, currency, balance, created_at)
SELECT gen_random_uuid(), organization_id, customer_id, currency, sum(moved_to_credit), min(finalized_at)
  FROM payables WHERE moved_to_credit > 0 GROUP BY organization_id, customer_id, currency;
DELETE FROM ledger_transfers WHERE credit = 'payer_credit';
INSERT INTO ledger_transfers (transfer_id, organization_id, debit, credit, currency, amount, booked_at, credit_id, invoice_id,
                              reason)
SELECT gen_random_uuid(), b.organization_id, 'sender', 'payer_credit', b.currency, b.moved_to_credit, b.finalized_at,
       c.credit_id, b.invoice_id, 'surplus'
  FROM payables b JOIN credits c ON c.customer_id = b.customer_id AND c.currency = b.currency
 WHERE b.moved_to_credit > 0;

ALTER TABLE ledger_transfers
    ADD CHECK ((wallet_id IS NOT NULL) = (debit = 'wallet' OR credit = 'wallet')),
    ADD CHECK ((credit_id IS NOT NULL) = (debit = 'payer_credit' OR credit = 'payer_credit'));
CREATE INDEX ledger_transfers_by_wallet ON ledger_transfers (wallet_id, booked_at, transfer_id)
    WHERE wallet_id IS NOT NULL;
CREATE INDEX ledger_transfers_by_credit ON ledger_transfers (credit_id, booked_at, transfer_id)
    WHERE credit_id IS NOT NULL;

-- A refund goes back to the card, or into the wallet or the credit; only the first asks the gateway.
ALTER TABLE refunds ADD destination text NOT NULL DEFAULT 'card' CHECK (destination IN ('card', 'wallet', 'credit')),
    ADD note text, ALTER gateway_payment DROP NOT NULL,
    ADD CHECK ((destination = 'card') = (gateway_payment IS NOT NULL));

-- What is booked stays booked; a mistake is corrected by a further transfer.
REVOKE UPDATE, DELETE, TRUNCATE ON ledger_transfers FROM CURRENT_USER;
