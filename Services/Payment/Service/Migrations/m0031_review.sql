CREATE INDEX attempts_in_doubt ON attempts (attempt_id DESC) WHERE state IN ('unknown', 'needs_review');
