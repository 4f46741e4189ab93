-- Organizations that were made for tests; no others may live by a test clock.
CREATE TABLE test_organizations (organization_id uuid PRIMARY KEY);

-- The time of an organization in test mode. It stands until somebody moves it, and then goes from due instant to due
-- instant: whenever what follows from an instant has been done, which the services are asked about in rounds.
CREATE TABLE test_clocks (
    test_clock_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL UNIQUE,
    name text,
    now_at timestamptz NOT NULL,
    target_at timestamptz NOT NULL,
    -- Told with each time, so that older ones are known as such.
    step bigint NOT NULL DEFAULT 1,
    state text NOT NULL DEFAULT 'moving' CHECK (state IN ('moving', 'ready')),
    -- The question that is being answered, and the sums of the one before.
    round bigint NOT NULL DEFAULT 0,
    is_asking boolean NOT NULL DEFAULT false,
    sent bigint NOT NULL DEFAULT -1,
    handled bigint NOT NULL DEFAULT -1,
    occurrences bigint NOT NULL DEFAULT 0,
    look_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL,
    CHECK (now_at <= target_at)
);
CREATE INDEX test_clocks_moving ON test_clocks (look_at) WHERE state = 'moving';

-- What the services answered last.
CREATE TABLE test_clock_reports (
    test_clock_id uuid NOT NULL,
    service text NOT NULL,
    round bigint NOT NULL,
    sent bigint NOT NULL,
    handled bigint NOT NULL,
    open bigint NOT NULL,
    PRIMARY KEY (test_clock_id, service)
);

-- Timers that go off by a test clock; the tick never sees them.
ALTER TABLE schedules ADD test_clock_id uuid;
DROP INDEX schedules_due;
CREATE INDEX schedules_due ON schedules (next_run_at) WHERE next_run_at IS NOT NULL AND test_clock_id IS NULL;
CREATE INDEX schedules_of_test_clock ON schedules (test_clock_id, next_run_at)
    WHERE next_run_at IS NOT NULL AND test_clock_id IS NOT NULL;
