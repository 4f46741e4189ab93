-- An organization that was made for tests stays so, and no other becomes one.
ALTER TABLE sign_ups ADD is_test boolean NOT NULL DEFAULT false;
ALTER TABLE organizations ADD is_test boolean NOT NULL DEFAULT false;
