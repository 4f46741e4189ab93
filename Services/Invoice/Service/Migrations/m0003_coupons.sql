CREATE TABLE coupons (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    code text NOT NULL,
    name text,
    parts_per_million bigint CHECK (parts_per_million BETWEEN 0 AND 1000000),
    amount bigint CHECK (amount > 0),
    currency text,
    minimum_amount bigint CHECK (minimum_amount >= 0),
    expires_at timestamptz,
    maximum_redemptions bigint CHECK (maximum_redemptions > 0),
    maximum_per_customer bigint CHECK (maximum_per_customer > 0),
    redemptions bigint NOT NULL CHECK (redemptions >= 0),
    is_active boolean NOT NULL,
    metadata jsonb,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT percent_or_amount CHECK ((parts_per_million IS NULL) <> (amount IS NULL)),
    CONSTRAINT amounts_have_a_currency CHECK (currency IS NOT NULL OR (amount IS NULL AND minimum_amount IS NULL))
);

CREATE UNIQUE INDEX coupons_of_organization ON coupons (organization_id, id);
CREATE UNIQUE INDEX coupons_codes ON coupons (organization_id, upper(code));

-- Which issued invoice has which coupon. A voided invoice gives it back, and the row says when.
CREATE TABLE coupon_redemptions (
    invoice_id uuid PRIMARY KEY,
    coupon_id uuid NOT NULL CONSTRAINT coupon_is_used REFERENCES coupons (id),
    organization_id uuid NOT NULL,
    customer_id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    redeemed_at timestamptz NOT NULL,
    returned_at timestamptz
);

CREATE INDEX coupon_redemptions_of_customer ON coupon_redemptions (coupon_id, customer_id);

ALTER TABLE invoice_documents
    ADD coupon_id uuid CONSTRAINT coupon_is_used REFERENCES coupons (id),
    ADD coupon_code text;

CREATE INDEX invoice_documents_of_coupon ON invoice_documents (coupon_id) WHERE coupon_id IS NOT NULL;
