CREATE TABLE accounts (
    id uuid PRIMARY KEY,
    email text NOT NULL,
    email_key text NOT NULL UNIQUE,
    password_hash text NOT NULL,
    name text NOT NULL,
    language text,
    is_superadmin boolean NOT NULL DEFAULT false,
    verified_at timestamptz,
    sequence bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CHECK (email_key = lower(email_key))
);
COMMENT ON COLUMN accounts.sequence IS 'The number of the last public event about this account.';

CREATE TABLE organizations (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    zone text NOT NULL,
    invoice_prefix text NOT NULL CHECK (invoice_prefix ~ '^[A-Z0-9]{1,12}$'),
    domain text,
    domain_verified_at timestamptz,
    address text,
    email text NOT NULL,
    accent_color text CHECK (accent_color ~ '^#[0-9a-f]{6}$'),
    pay_link_days integer NOT NULL DEFAULT 30 CHECK (pay_link_days BETWEEN 1 AND 3650),
    pay_link_one_time boolean NOT NULL DEFAULT false,
    sequence bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX organizations_verified_domain ON organizations (domain) WHERE domain_verified_at IS NOT NULL;

CREATE TABLE memberships (
    organization_id uuid NOT NULL REFERENCES organizations,
    account_id uuid NOT NULL REFERENCES accounts,
    role text NOT NULL CHECK (role IN ('owner', 'admin', 'member')),
    since timestamptz NOT NULL,
    PRIMARY KEY (organization_id, account_id)
);
CREATE INDEX memberships_account ON memberships (account_id);

CREATE TABLE sessions (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    organization_id uuid REFERENCES organizations,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    revoked_because text CHECK (revoked_because IN ('logout', 'token_reuse', 'password_changed', 'left')),
    CHECK ((revoked_at IS NULL) = (revoked_because IS NULL))
);
CREATE INDEX sessions_account ON sessions (account_id) WHERE revoked_at IS NULL;
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE refresh_tokens (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
    issued_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    replaced_at timestamptz
);
CREATE INDEX refresh_tokens_session ON refresh_tokens (session_id);
COMMENT ON TABLE refresh_tokens IS 'Used tokens stay until their login ends: presenting one again betrays a copy.';

CREATE TABLE verifications (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    account_id uuid NOT NULL REFERENCES accounts,
    email_key text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX verifications_account ON verifications (account_id);
CREATE INDEX verifications_expiry ON verifications (expires_at);

CREATE TABLE invitations (
    id uuid PRIMARY KEY,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    organization_id uuid NOT NULL REFERENCES organizations,
    kind text NOT NULL CHECK (kind IN ('client', 'member')),
    role text CHECK (role IN ('admin', 'member')),
    customer_id uuid,
    email text NOT NULL,
    email_key text NOT NULL,
    name text,
    invited_by uuid NOT NULL REFERENCES accounts,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    accepted_at timestamptz,
    accepted_by uuid REFERENCES accounts,
    CHECK ((kind = 'client') = (customer_id IS NOT NULL)),
    CHECK ((kind = 'member') = (role IS NOT NULL)),
    CHECK ((accepted_at IS NULL) = (accepted_by IS NULL)),
    CHECK (accepted_at IS NULL OR revoked_at IS NULL)
);
CREATE INDEX invitations_list ON invitations (organization_id, id DESC);

CREATE TABLE signing_keys (
    id text PRIMARY KEY,
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 32),
    encrypted_seed bytea NOT NULL,
    created_at timestamptz NOT NULL,
    retired_at timestamptz,
    forgotten_at timestamptz
);
COMMENT ON COLUMN signing_keys.retired_at IS 'From then on the key signs nothing more.';
COMMENT ON COLUMN signing_keys.forgotten_at IS 'From then on no token that it signed can still count, and it is not published.';

CREATE TABLE throttles (
    rule text NOT NULL,
    subject bytea NOT NULL CHECK (octet_length(subject) = 32),
    window_start timestamptz NOT NULL,
    count integer NOT NULL,
    PRIMARY KEY (rule, subject, window_start)
);
CREATE INDEX throttles_age ON throttles (window_start);
COMMENT ON COLUMN throttles.subject IS 'SHA-256 of an address or account: this table shows nobody''s e-mail.';
