-- What was asked after the capture: withdrawals of people, and releases taken back.
-- `from_ts` and `to_ts` are null where the request has no such bound.
CREATE TABLE lake.requests (
    number BIGINT, kind VARCHAR, request_id VARCHAR, asked_at BIGINT, user_id VARCHAR,
    from_ts BIGINT, to_ts BIGINT, scope VARCHAR, dataset VARCHAR, version VARCHAR, reason VARCHAR
);

-- Each change of a person's events leaves a new random token: what was made of the events
-- before it is stale.
CREATE TABLE lake.revisions (user_id VARCHAR, token VARCHAR);
INSERT INTO lake.revisions SELECT DISTINCT user_id, 'first' FROM lake.sessions;

-- Who was erased, by a keyed name that cannot be turned back into an id without the key.
-- `state`: begun, or done once nothing of theirs was found any more.
CREATE TABLE lake.tombstones (token VARCHAR, state VARCHAR, number BIGINT, erased_at BIGINT);

-- Lines of people who were erased, refused on arrival.
ALTER TABLE lake.files ADD COLUMN erased BIGINT DEFAULT 0;

-- Where each row of a shard came from: one line per source span, times in microseconds. A shard
-- is named by its digest, so that releases that share one share its lines.
DROP TABLE lake.lineage;
CREATE TABLE lake.lineage (
    dataset VARCHAR, sha256 VARCHAR, shard VARCHAR, row BIGINT, user_id VARCHAR,
    device_id VARCHAR, first_ts BIGINT, last_ts BIGINT,
    n_keyboard BIGINT, n_mouse BIGINT, n_other BIGINT
);
