CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    kind text NOT NULL CHECK (kind IN ('key', 'client')),
    organization_id uuid NOT NULL REFERENCES organizations,
    name text NOT NULL,
    scopes text[] NOT NULL,
    prefix text NOT NULL,
    last_four text NOT NULL,
    hash bytea NOT NULL UNIQUE CHECK (octet_length(hash) = 32),
    previous_hash bytea CHECK (octet_length(previous_hash) = 32),
    previous_until timestamptz,
    requests_per_minute bigint NOT NULL CHECK (requests_per_minute > 0),
    requests_per_month bigint NOT NULL CHECK (requests_per_month > 0),
    created_by uuid NOT NULL REFERENCES accounts,
    created_at timestamptz NOT NULL,
    rotated_at timestamptz,
    last_used_at timestamptz,
    expires_at timestamptz,
    revoked_at timestamptz,
    sequence bigint NOT NULL,
    CHECK ((previous_hash IS NULL) = (previous_until IS NULL))
);
CREATE INDEX api_keys_list ON api_keys (organization_id, kind, id DESC);
COMMENT ON TABLE api_keys IS 'Keys of machines, and clients that exchange a secret for tokens; no secret is here, only its hash.';
COMMENT ON COLUMN api_keys.last_used_at IS 'When a client last fetched a token; of keys, access_api_usage knows it.';
COMMENT ON COLUMN api_keys.sequence IS 'The number of the last public event about this key.';
