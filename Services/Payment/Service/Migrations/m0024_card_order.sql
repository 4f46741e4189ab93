-- The order in which a payer's cards are tried, the lowest first: that one is the payer's usual card.
ALTER TABLE payment_methods ADD position int NOT NULL DEFAULT 0;
UPDATE payment_methods w SET position = t.position
  FROM (SELECT payment_method_id, row_number() OVER (PARTITION BY account_id ORDER BY payment_method_id) AS position
          FROM payment_methods) t
 WHERE t.payment_method_id = w.payment_method_id;

-- The bank's word after which a card is not tried unasked; it is gone when the card is replaced or saved anew.
ALTER TABLE payment_methods ADD refusal text;

-- The last day on which a card works, and how many days before it the payer is told next; 0 when all was told.
ALTER TABLE payment_methods ADD expires_on date NOT NULL
    GENERATED ALWAYS AS ((make_date(expiry_year, expiry_month, 1) + interval '1 month' - interval '1 day')::date) STORED;
ALTER TABLE payment_methods ADD expiry_notice_days int NOT NULL DEFAULT 30 CHECK (expiry_notice_days >= 0);
CREATE INDEX payment_methods_expiring ON payment_methods ((expires_on - expiry_notice_days))
    WHERE expiry_notice_days > 0 AND NOT is_removed;

-- Whether the payer's other cards may stand in for the mandate's.
ALTER TABLE mandates ADD allows_fallback boolean NOT NULL DEFAULT false;
CREATE INDEX mandates_by_card ON mandates (payment_method_id) WHERE status <> 'revoked';

-- The card of an attempt where it is not simply the mandate's. With the number of the first attempt of the same charge it
-- stands in for a card that was refused then; without, it is a card that is new or works again, and the try does not
-- count as a step of the ladder.
ALTER TABLE attempts ADD payment_method_id uuid, ADD first_number int CHECK (first_number BETWEEN 1 AND number - 1),
    ADD CHECK (first_number IS NULL OR payment_method_id IS NOT NULL);

CREATE INDEX standing_orders_by_card ON standing_orders (payment_method_id) WHERE status NOT IN ('finished', 'cancelled');
