-- How a sender's papers and mails look and what they say. What a template says is kept under the digest of it: an issued
-- invoice names the digest, so it stays what it was whatever becomes of the template.
CREATE TABLE template_versions (
    organization_id uuid NOT NULL,
    digest bytea NOT NULL,
    content jsonb NOT NULL,
    PRIMARY KEY (organization_id, digest)
);

CREATE TABLE templates (
    id uuid PRIMARY KEY,
    organization_id uuid NOT NULL,
    name text NOT NULL,
    is_default boolean NOT NULL,
    digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    FOREIGN KEY (organization_id, digest) REFERENCES template_versions
);

CREATE UNIQUE INDEX templates_of_organization ON templates (organization_id, id);
CREATE UNIQUE INDEX one_default_template ON templates (organization_id) WHERE is_default;

-- What was chosen for an invoice, and what that said when it was issued.
ALTER TABLE invoice_documents
    ADD template_id uuid,
    ADD template_digest bytea;

-- What is chosen for all invoices of a customer.
ALTER TABLE customers ADD template_id uuid;
