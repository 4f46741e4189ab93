ALTER TABLE audit_events ADD COLUMN service text, ADD COLUMN action text, ADD COLUMN request_id text;
COMMENT ON COLUMN audit_events.service IS 'Where a superadmin acted; nil for everything else.';
COMMENT ON COLUMN audit_events.action IS 'Method and template of the route that a superadmin used.';
COMMENT ON COLUMN audit_events.request_id IS 'The request of a superadmin, as logs name it.';
COMMENT ON COLUMN api_keys.last_used_at IS
    'The last use that a service reported, or token that a client fetched; access_api_usage knows those at identity.';
