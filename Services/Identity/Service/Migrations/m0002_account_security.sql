ALTER TABLE sessions ADD COLUMN client_address text, ADD COLUMN user_agent text;
COMMENT ON COLUMN sessions.client_address IS 'From where the login came; nil for logins from before this was kept.';
ALTER TABLE sessions DROP CONSTRAINT sessions_revoked_because_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_revoked_because_check CHECK (revoked_because IN
    ('logout', 'ended', 'logout_everywhere', 'token_reuse', 'password_changed', 'left'));
CREATE INDEX sessions_list ON sessions (account_id, id DESC) WHERE revoked_at IS NULL;
DROP INDEX sessions_account;

CREATE TABLE audit_events (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL REFERENCES accounts,
    organization_id uuid REFERENCES organizations,
    kind text NOT NULL,
    subjects text[] NOT NULL,
    client_address text NOT NULL,
    user_agent text,
    at timestamptz NOT NULL
);
CREATE INDEX audit_events_account ON audit_events (account_id, id DESC);
CREATE INDEX audit_events_organization ON audit_events (organization_id, id DESC) WHERE organization_id IS NOT NULL;
CREATE INDEX audit_events_age ON audit_events (at);
COMMENT ON COLUMN audit_events.subjects IS 'Ids of what it was about: a login, an invitation; never a name or a secret.';

CREATE TABLE password_resets (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    account_id uuid NOT NULL REFERENCES accounts,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX password_resets_account ON password_resets (account_id);
CREATE INDEX password_resets_expiry ON password_resets (expires_at);

ALTER TABLE verifications ADD COLUMN new_email text;
COMMENT ON COLUMN verifications.new_email IS 'The address that the account gets with the proof; nil when it has it already.';

CREATE TABLE totp_secrets (
    account_id uuid PRIMARY KEY REFERENCES accounts,
    encrypted_secret bytea NOT NULL,
    created_at timestamptz NOT NULL,
    confirmed_at timestamptz,
    last_step bigint
);
COMMENT ON TABLE totp_secrets IS 'A second factor per account; it is asked for from its confirmation on.';
COMMENT ON COLUMN totp_secrets.last_step IS 'The step of the last code that was accepted: it and older ones never count again.';

CREATE TABLE recovery_codes (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    account_id uuid NOT NULL REFERENCES accounts,
    created_at timestamptz NOT NULL,
    used_at timestamptz
);
CREATE INDEX recovery_codes_account ON recovery_codes (account_id);
