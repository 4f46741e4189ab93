-- What documents show of a sender besides its name and address.
ALTER TABLE organization_persons
    ADD COLUMN accent_color text,
    ADD COLUMN tax_id text;

-- The logos of senders in the parts in which identity tells them. The newest part decides which file is meant, by its
-- hash; one without a hash says that there is none any more. Parts of older files are never read again.
CREATE TABLE organization_logo_parts (
    organization_id uuid NOT NULL,
    part integer NOT NULL CHECK (part >= 0),
    part_count integer NOT NULL CHECK (part_count >= 0),
    hash text,
    image bytea,
    as_of timestamptz NOT NULL,
    PRIMARY KEY (organization_id, part)
);

-- A document lists what was received for its invoice.
CREATE INDEX receipts_of_invoice ON receipts (invoice_id);
