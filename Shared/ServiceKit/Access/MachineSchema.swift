/// The tables in which a service keeps what it needs to know machines by itself, and how much they used it.
public enum MachineSchema {
    /// The statements of the migration; every service that checks tokens includes them.
    public static let sql = Array(
        """
        CREATE TABLE access_api_keys (
            id uuid PRIMARY KEY,
            organization_id uuid NOT NULL,
            is_client boolean NOT NULL,
            hash bytea,
            previous_hash bytea,
            previous_until timestamptz,
            scopes text[] NOT NULL,
            expires_at timestamptz,
            is_revoked boolean NOT NULL,
            requests_per_minute bigint,
            requests_per_month bigint,
            sequence bigint NOT NULL,
            written bigint NOT NULL
        );
        CREATE INDEX access_api_keys_written ON access_api_keys (written);
        COMMENT ON TABLE access_api_keys IS 'The keys of machines as identity told of them last.';
        COMMENT ON COLUMN access_api_keys.written IS 'The transaction that wrote the row: processes read what is newer.';

        CREATE TABLE access_api_usage (
            api_key_id uuid NOT NULL,
            month date NOT NULL,
            requests bigint NOT NULL,
            last_used_at timestamptz NOT NULL,
            PRIMARY KEY (api_key_id, month)
        );
        CREATE INDEX access_api_usage_month ON access_api_usage (month);
        COMMENT ON TABLE access_api_usage IS 'Requests of machines to this service by month, written in batches.';
        """.utf8)
}
