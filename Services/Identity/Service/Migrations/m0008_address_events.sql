CREATE TABLE address_events (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind text NOT NULL,
    email_key text NOT NULL,
    client_address text NOT NULL,
    user_agent text,
    correlation_id uuid NOT NULL,
    traceparent text,
    at timestamptz NOT NULL
);
COMMENT ON TABLE address_events IS 'What somebody did with an address, before anybody has looked whether it has an account; a row stays for a moment.';
