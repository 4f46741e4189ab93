CREATE TABLE password_reset_requests (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email_key text NOT NULL,
    client_address text NOT NULL,
    user_agent text,
    correlation_id uuid NOT NULL,
    traceparent text,
    asked_at timestamptz NOT NULL
);
COMMENT ON TABLE password_reset_requests IS 'Whoever forgot a password is answered before anybody has looked whether there is an account; a row stays for a moment.';
