-- A schedule as its requester last asked for it, and how far it has come. A cancellation that arrives before its
-- request leaves a row with nothing but requester and generation, so that the request that follows is recognised as old.
CREATE TABLE schedules (
    id uuid PRIMARY KEY,
    requester text NOT NULL,
    generation bigint NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'finished', 'cancelled')),
    organization_id uuid,
    kind text,
    zone text,
    once_at timestamptz,
    first_date date,
    local_time time,
    every integer,
    unit text CHECK (unit IN ('day', 'week', 'month', 'year')),
    anchor_day smallint CHECK (anchor_day BETWEEN 1 AND 31),
    until_date date,
    max_count integer CHECK (max_count > 0),
    catch_up text CHECK (catch_up IN ('all', 'latest')),
    plan_id uuid,
    step integer,
    payload jsonb,
    -- The next occurrence: its place in the series, its local day, its moment.
    position bigint NOT NULL DEFAULT 0,
    next_date date,
    next_run_at timestamptz,
    -- How many dues were published, over all generations.
    sequence bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT schedules_active_has_next CHECK ((state = 'active') = (next_run_at IS NOT NULL)),
    CONSTRAINT schedules_next_has_date CHECK ((next_run_at IS NULL) = (next_date IS NULL)),
    CONSTRAINT schedules_known CHECK (
        state = 'cancelled'
        OR (organization_id IS NOT NULL AND kind IS NOT NULL AND zone IS NOT NULL AND catch_up IS NOT NULL)),
    CONSTRAINT schedules_charge CHECK ((plan_id IS NULL) = (step IS NULL))
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);

-- The list of what is to be done, in order; finished and cancelled schedules are not in it.
CREATE INDEX schedules_due ON schedules (next_run_at) WHERE next_run_at IS NOT NULL;
CREATE INDEX schedules_of_organization ON schedules (organization_id, id);

-- What went off. The generation belongs to the key: a due that its requester dropped as outdated must not keep the
-- due of the generation that replaced it, on the same day, from being sent.
-- No foreign key: the only writer holds the lock of the schedule's row, schedules are never deleted, and the check of
-- each row would be a third of the database's work for a tick. An invariant looks at it instead.
CREATE TABLE occurrences (
    schedule_id uuid NOT NULL,
    generation bigint NOT NULL,
    date date NOT NULL,
    due_at timestamptz NOT NULL,
    fired_at timestamptz NOT NULL,
    PRIMARY KEY (schedule_id, generation, date)
);
