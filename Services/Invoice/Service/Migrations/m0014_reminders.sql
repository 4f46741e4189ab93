-- The zone in which the timers of an organization were asked for; where its zone is another, they are asked for anew.
ALTER TABLE organizations ADD timed_zone text;

CREATE INDEX organizations_to_time ON organizations (id) WHERE timed_zone IS DISTINCT FROM zone;

-- Two timers go off every day in an organization's zone: at its beginning for what has become overdue, and at an hour of
-- its choice for reminders. What is done then takes many transactions: the row says which day has come, which is done,
-- and how far the work in between has got, in the order of due dates and ids.
CREATE TABLE daily_timers (
    schedule_id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('overdue', 'reminders')),
    generation bigint NOT NULL CHECK (generation > 0),
    come date NOT NULL,
    done date NOT NULL,
    reached_date date,
    reached_id uuid,
    worked_at timestamptz,
    CONSTRAINT one_timer_of_a_kind UNIQUE (organization_id, kind),
    CONSTRAINT done_has_come CHECK (done <= come),
    CONSTRAINT invoices_have_dates CHECK (reached_date IS NOT NULL OR reached_id IS NULL)
);

-- Who was not served for the longest time is next.
CREATE INDEX daily_timers_at_work ON daily_timers (worked_at NULLS FIRST) WHERE done < come;

-- Whether the end of the due day was noted; of the open invoices, the others are found without passing over these.
ALTER TABLE unsettled_invoices ADD is_overdue boolean NOT NULL DEFAULT false;

CREATE INDEX unsettled_invoices_by_dunning ON unsettled_invoices (organization_id, is_overdue, due_date, invoice_id)
    WHERE state = 'finalized';

-- When an organization reminds of its invoices, in days after the due date; who has no row does as is usual.
CREATE TABLE reminder_rules (
    organization_id uuid PRIMARY KEY,
    is_enabled boolean NOT NULL,
    days integer[] NOT NULL,
    local_time time NOT NULL,
    updated_at timestamptz NOT NULL
);

ALTER TABLE customers ADD is_reminded boolean;
ALTER TABLE invoice_documents ADD is_reminded boolean;

-- Reminders that were sent: at most one for each rule and due date, and at most one a day. Those that a person sent have
-- no rule.
CREATE TABLE reminders (
    invoice_id uuid NOT NULL,
    day date NOT NULL,
    kind text NOT NULL,
    due_date date NOT NULL,
    rule_days integer,
    sent_at timestamptz NOT NULL,
    CONSTRAINT one_reminder_a_day PRIMARY KEY (invoice_id, day)
);

CREATE UNIQUE INDEX reminders_of_rules ON reminders (invoice_id, due_date, rule_days) WHERE rule_days IS NOT NULL;

REVOKE UPDATE, DELETE, TRUNCATE ON reminders FROM CURRENT_USER;

ALTER TABLE credit_notes ADD sent_at timestamptz;
