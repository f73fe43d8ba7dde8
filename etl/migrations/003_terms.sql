-- What must never pass (`never`), and words that a reviewer lets pass (`pass`), each with a reason.
CREATE TABLE lake.terms (list VARCHAR, term VARCHAR, reason VARCHAR, added_at BIGINT);
