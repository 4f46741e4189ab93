-- The dated parts of an invoice, fixed when it was issued: their days, and what all parts up to each come to. Absent for
-- the many that are paid as a whole.
ALTER TABLE payables ADD part_dates date[];
ALTER TABLE payables ADD part_through bigint[];
ALTER TABLE payables ADD allows_partial boolean NOT NULL DEFAULT false;
ALTER TABLE payables ADD CONSTRAINT parts_come_to_the_total CHECK (
    part_through IS NULL
    OR (cardinality(part_dates) = cardinality(part_through) AND part_through[cardinality(part_through)] = total));

-- Which part a plan collects, from 1; 0 is the whole.
ALTER TABLE plans ADD part int NOT NULL DEFAULT 0 CHECK (part >= 0);
