-- Networks count how often a refused card is tried again, and allow no other try at all after some refusals. A card keeps
-- when it was refused last, so that only such cards are counted, and for what it may never be tried again.
ALTER TABLE payment_methods ADD refused_at timestamptz, ADD forbidden_code text;

-- What networks count: refusals of banks, by card. A payer who did not confirm was not refused.
CREATE INDEX attempts_refused ON attempts (gateway_method, ended_at)
    WHERE state = 'declined' AND decline_class <> 'authentication';
