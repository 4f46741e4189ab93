-- What a client is told about a card concerns no sender.
ALTER TABLE notices ALTER organization_id DROP NOT NULL,
    ADD CHECK (organization_id IS NOT NULL OR account_id IS NOT NULL);
