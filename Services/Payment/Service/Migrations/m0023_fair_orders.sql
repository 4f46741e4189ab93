-- Days of standing orders are paid a few of each sender in turn. What a release that knows nothing of that stores counts as
-- days of one sender.
ALTER TABLE standing_order_payments ADD organization_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000';
UPDATE standing_order_payments p SET organization_id = o.organization_id
  FROM standing_orders o WHERE o.standing_order_id = p.standing_order_id;
CREATE INDEX standing_order_payments_due ON standing_order_payments (organization_id, next_at) WHERE state = 'due';
