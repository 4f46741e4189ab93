ALTER TABLE organizations ADD COLUMN tax_id text;

CREATE TABLE organization_logos (
    organization_id uuid PRIMARY KEY REFERENCES organizations,
    media_type text NOT NULL CHECK (media_type IN ('image/png', 'image/jpeg')),
    hash bytea NOT NULL CHECK (octet_length(hash) = 32),
    image bytea NOT NULL CHECK (octet_length(image) BETWEEN 1 AND 262144),
    updated_at timestamptz NOT NULL
);
COMMENT ON COLUMN organization_logos.hash IS 'SHA-256 of the image: the entity tag under which browsers keep it.';

ALTER TABLE memberships
    ADD COLUMN permissions text[],
    ADD CHECK (permissions IS NULL OR role = 'member');
COMMENT ON COLUMN memberships.permissions IS 'What a member may do of all that the role allows; null for all of it.';

ALTER TABLE sessions
    DROP CONSTRAINT sessions_revoked_because_check,
    ADD CONSTRAINT sessions_revoked_because_check
        CHECK (revoked_because IN
            ('logout', 'ended', 'logout_everywhere', 'token_reuse', 'password_changed', 'left', 'role_changed'));
