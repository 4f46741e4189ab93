CREATE TABLE sign_ups (
    account_id uuid PRIMARY KEY,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    email text NOT NULL,
    email_key text NOT NULL,
    password_hash text NOT NULL,
    name text NOT NULL,
    language text,
    organization_id uuid NOT NULL,
    organization_name text NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    zone text NOT NULL,
    invoice_prefix text NOT NULL CHECK (invoice_prefix ~ '^[A-Z0-9]{1,12}$'),
    domain text,
    address text,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CHECK (email_key = lower(email_key))
);
CREATE INDEX sign_ups_email ON sign_ups (email_key, account_id DESC);
CREATE INDEX sign_ups_expiry ON sign_ups (expires_at);
COMMENT ON TABLE sign_ups IS 'Each is one attempt of somebody to sign up; it becomes an account with the link that was mailed for it, or ends.';
COMMENT ON COLUMN sign_ups.account_id IS 'The id that the account will have; that of nobody when the address had an account.';
