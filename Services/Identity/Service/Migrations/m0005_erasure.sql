-- An erased account stays as a row without a person: what it did keeps its author's id.
ALTER TABLE accounts ADD COLUMN erased_at timestamptz;
