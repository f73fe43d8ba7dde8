-- The first layout. `ts` counts microseconds since the Unix epoch; `user_id` is normalised.
CREATE TABLE lake.events (
    user_id VARCHAR, device_id VARCHAR, session_id VARCHAR, ts BIGINT, seq BIGINT, type VARCHAR,
    x DOUBLE, y DOUBLE, screen_w INTEGER, screen_h INTEGER, button VARCHAR, dx DOUBLE, dy DOUBLE,
    key VARCHAR, code VARCHAR, mods VARCHAR, repeat BOOLEAN, secure BOOLEAN,
    app VARCHAR, title VARCHAR, url VARCHAR, text VARCHAR,
    battery_pct DOUBLE, cpu_pct DOUBLE, net_bytes DOUBLE,
    file_id BIGINT
);
ALTER TABLE lake.events SET PARTITIONED BY (bucket(16, user_id));

-- One row per loaded file (or recording): lines = accepted + duplicates + quarantined.
CREATE TABLE lake.files (
    file_id BIGINT, path VARCHAR, digest VARCHAR, format VARCHAR, bytes BIGINT,
    lines BIGINT, accepted BIGINT, duplicates BIGINT, quarantined BIGINT, unmapped BIGINT,
    events BIGINT
);

-- What was dropped from accepted lines, by name: unknown and misplaced fields, unmapped lines.
CREATE TABLE lake.tallies (file_id BIGINT, kind VARCHAR, name VARCHAR, n BIGINT);

-- Lines that break the contract. `line` is null where a later file showed the fault.
CREATE TABLE lake.quarantine (
    file_id BIGINT, line BIGINT, reason VARCHAR, bytes BIGINT, content VARCHAR
);

-- Sequence numbers for which differing events were seen: every one of them is quarantined.
CREATE TABLE lake.conflicts (
    user_id VARCHAR, device_id VARCHAR, session_id VARCHAR, seq BIGINT
);

-- The range of each session in each file: tells cheaply whether a new file may overlap.
CREATE TABLE lake.sessions (
    user_id VARCHAR, device_id VARCHAR, session_id VARCHAR, file_id BIGINT,
    first_ts BIGINT, last_ts BIGINT, first_seq BIGINT, last_seq BIGINT, n BIGINT
);

-- Every spelling of a person's id that was seen.
CREATE TABLE lake.people (user_id VARCHAR, spelling VARCHAR);

-- Where each released row came from: one line per source span, times in microseconds.
CREATE TABLE lake.lineage (
    dataset VARCHAR, version VARCHAR, shard VARCHAR, row BIGINT, user_id VARCHAR,
    device_id VARCHAR, first_ts BIGINT, last_ts BIGINT,
    n_keyboard BIGINT, n_mouse BIGINT, n_other BIGINT
);
