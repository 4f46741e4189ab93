ALTER TABLE sessions ADD COLUMN client_address text, ADD COLUMN user_agent text;
COMMENT ON COLUMN sessions.client_address IS 'From where the login came; nil for logins from before this was kept.';
ALTER TABLE sessions DROP CONSTRAINT sessions_revoked_because_check;
ALTER TABLE sessions ADD CONSTRAINT sessions_revoked_because_check CHECK (revoked_because IN
    ('logout', 'ended', 'logout_everywhere', 'token_reuse', 'password_changed', 'left'));
CREATE INDEX sessions_list ON sessions (account_id, id DESC) WHERE revoked_at IS NULL;
DROP INDEX sessions_account;
