-- What is sold again and again, and what it costs. A price never changes: it is archived, and another one is made.
CREATE TABLE plans (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    description text,
    is_active boolean NOT NULL,
    metadata jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);

CREATE UNIQUE INDEX plans_of_organization ON plans (organization_id, id);

-- Prices of one are exact decimals of minor units. With a meter, the quantity is what was used.
CREATE TABLE prices (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    plan_id uuid NOT NULL CONSTRAINT plan_has_prices REFERENCES plans (id),
    currency text NOT NULL,
    interval_unit text NOT NULL CHECK (interval_unit IN ('day', 'week', 'month', 'year')),
    interval_count integer NOT NULL CHECK (interval_count BETWEEN 1 AND 366),
    model text NOT NULL CHECK (model IN ('flat', 'per_unit', 'package', 'graduated', 'volume')),
    unit_price text,
    package_size bigint CHECK (package_size > 0),
    tiers jsonb,
    meter text,
    aggregation text CHECK (aggregation IN ('sum', 'max', 'last', 'unique_count')),
    trial_days integer NOT NULL CHECK (trial_days >= 0),
    tax_rate_ids uuid[] NOT NULL,
    is_used boolean NOT NULL,
    is_active boolean NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT tiers_or_price CHECK ((model IN ('graduated', 'volume')) = (unit_price IS NULL)
        AND (unit_price IS NULL) = (tiers IS NOT NULL)),
    CONSTRAINT packages_have_a_size CHECK ((model = 'package') = (package_size IS NOT NULL)),
    CONSTRAINT meters_aggregate CHECK ((meter IS NULL) = (aggregation IS NULL)),
    CONSTRAINT usage_is_not_flat CHECK (meter IS NULL OR model <> 'flat')
);

CREATE UNIQUE INDEX prices_of_organization ON prices (organization_id, id);
CREATE INDEX prices_of_plan ON prices (plan_id);
