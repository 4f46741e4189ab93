-- When a removed card is to be taken from the gateway as well; nothing once it was.
ALTER TABLE payment_methods ADD detach_at timestamptz;
UPDATE payment_methods SET detach_at = created_at WHERE is_removed;
CREATE INDEX payment_methods_detaching ON payment_methods (detach_at) WHERE detach_at IS NOT NULL;
