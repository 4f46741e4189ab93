/// The table of a service's idempotent requests.
public enum IdempotencySchema {
    /// The statements of the migration; every service with routes that change something includes them.
    public static let sql = Array(
        """
        CREATE TABLE idempotent_requests (
            request_id bytea PRIMARY KEY,
            fingerprint bytea NOT NULL,
            claim uuid NOT NULL,
            leased_until timestamptz NOT NULL,
            created_at timestamptz NOT NULL,
            status integer,
            headers text[],
            body bytea,
            CONSTRAINT answered_whole CHECK ((status IS NULL) = (body IS NULL AND headers IS NULL))
        );
        CREATE INDEX idempotent_requests_age ON idempotent_requests (created_at);
        COMMENT ON TABLE idempotent_requests IS
            'What was answered under an Idempotency-Key, written in the transaction of the effect.';
        COMMENT ON COLUMN idempotent_requests.request_id IS 'SHA-256 over credential, method, path and key.';
        """.utf8)
}
