/// The tables in which a service keeps what it needs to check tokens by itself.
public enum AccessSchema {
    /// The statements of the migration; every service that checks tokens includes them.
    public static let sql = Array(
        """
        CREATE TABLE access_key_sets (
            issuer text PRIMARY KEY,
            document bytea NOT NULL,
            fetched_at timestamptz NOT NULL
        );
        COMMENT ON TABLE access_key_sets IS 'The public keys as they were fetched last: a restart needs no issuer.';

        CREATE TABLE access_revoked_sessions (
            session_id uuid PRIMARY KEY,
            expires_at timestamptz NOT NULL
        );
        CREATE INDEX access_revoked_sessions_expiry ON access_revoked_sessions (expires_at);
        COMMENT ON TABLE access_revoked_sessions IS 'Ended logins, until their last token has expired by itself.';

        CREATE TABLE access_voided_accounts (
            account_id uuid PRIMARY KEY,
            issued_before timestamptz NOT NULL,
            expires_at timestamptz NOT NULL
        );
        CREATE INDEX access_voided_accounts_expiry ON access_voided_accounts (expires_at);
        COMMENT ON TABLE access_voided_accounts IS 'Accounts whose older tokens are void, until those have expired.';
        """.utf8)
}
