-- The days after which a sender wants a refused automatic payment to be tried again; none means the usual ones.
CREATE TABLE charging_rules (
    organization_id uuid PRIMARY KEY,
    retry_days bigint[] NOT NULL
        CHECK (cardinality(retry_days) <= 8 AND 1 <= ALL (retry_days) AND 30 >= ALL (retry_days)),
    updated_at timestamptz NOT NULL
);

-- What an operator has stopped: the charges of one organization, or all that go to one account at the gateway. A row stops
-- until it is released, and then tells who did both, when and why.
CREATE TABLE kill_switches (
    kill_switch_id uuid PRIMARY KEY,
    scope text NOT NULL,
    organization_id uuid,
    gateway_account text,
    reason text NOT NULL,
    stopped_by uuid NOT NULL,
    stopped_at timestamptz NOT NULL,
    release_reason text,
    released_by uuid,
    released_at timestamptz,
    CHECK (num_nonnulls(organization_id, gateway_account) = 1),
    CHECK (num_nonnulls(released_by, released_at) IN (0, 2))
);
CREATE UNIQUE INDEX kill_switches_stopped ON kill_switches (scope) WHERE released_at IS NULL;
