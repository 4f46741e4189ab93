-- What credit notes said is to become the payer's credit instead of being refunded; written by invoice events only.
ALTER TABLE payables ADD to_credit bigint NOT NULL DEFAULT 0 CHECK (to_credit >= 0);
