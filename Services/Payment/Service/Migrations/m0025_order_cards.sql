-- Whether the payer's other cards may stand in for an order's.
ALTER TABLE standing_orders ADD allows_fallback boolean NOT NULL DEFAULT false;

-- The card of the next attempt where it is not simply the order's, as attempts have it; and the day of the ladder's next
-- try.
ALTER TABLE standing_order_payments ADD payment_method_id uuid, ADD first_number int, ADD retry_on date,
    ADD CHECK (first_number IS NULL OR payment_method_id IS NOT NULL);
