"""The consent rules over the warehouse: one query per chunk, every event used or removed."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from etl.errors import TacendaError
from privacy.windows import FIRST, LAST
from transforms.events import DAY_US, KEYBOARD, MOUSE, SCHEMA

_NO_DEVICE = "chr(0)"  # stands for a missing device in joins, which do not match nulls
_SECURABLE = (*KEYBOARD, "focus")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


# Sessions are numbered because sorting by three names costs twice as much. The whole is sorted
# because DuckDB 1.5 waits for ever where several parts of a UNION fill the buffer of a result.
_BOUNDARIES = f"""
WITH days AS MATERIALIZED (
    SELECT user_id, device_id, session_id, ts // {DAY_US} AS day, min(ts) AS first, max(ts) AS last
    FROM {{relation}} WHERE user_id IN (SELECT unnest($users::VARCHAR[])) GROUP BY ALL
), sessions AS MATERIALIZED (
    SELECT user_id, device_id, session_id, row_number() OVER () AS session
    FROM (SELECT DISTINCT user_id, device_id, session_id FROM days)
), numbered AS (
    SELECT session, ts, lag(ts) OVER (PARTITION BY session ORDER BY seq, ts) AS before_ts
    FROM {{relation}} e JOIN sessions s ON e.user_id = s.user_id
        AND e.device_id IS NOT DISTINCT FROM s.device_id
        AND e.session_id IS NOT DISTINCT FROM s.session_id
    WHERE seq IS NOT NULL
)
SELECT user_id, device_id, ts, type, app, title, url, secure, NULL AS before_ts
FROM {{relation}} WHERE user_id IN (SELECT unnest($users::VARCHAR[]))
    AND (type IN ('pause', 'resume', 'focus') OR (secure AND type IN ({_listed(_SECURABLE)})))
UNION ALL SELECT user_id, device_id, min(first), 'device', NULL, NULL, NULL, NULL, max(last)
FROM days GROUP BY user_id, device_id, day
UNION ALL SELECT user_id, device_id, ts, 'step', NULL, NULL, NULL, NULL, before_ts
FROM numbered JOIN sessions USING (session) WHERE ts < before_ts ORDER BY user_id, ts
"""


def boundaries(
    connection: duckdb.DuckDBPyConnection, users: Sequence[str], relation: str = "lake.events"
) -> pl.DataFrame:
    """The few events that decide about these people's time, steps of their clocks, and devices.

    Columns and rows as `privacy.consent.BOUNDARIES`; a device has one row for each UTC day.
    """
    query = _BOUNDARIES.format(relation=relation)
    return connection.execute(query, {"users": list(users)}).pl()


# A span is looked up by its (person, device) and by the slot of time that an event lies in, some
# nine minutes: it stands under the slot that it begins in, and under each later one with events.
# An ASOF join over the same would sort all the events.
_SLOT_US = 2**29
_SLOT = f"({{}} - ({FIRST})) // {_SLOT_US}"
_PIECES = f"""
CREATE OR REPLACE TEMP TABLE pieces AS WITH lasting AS (
    SELECT user_id, coalesce(device_id, {_NO_DEVICE}) AS device, start_ts, part,
        keyboard, mouse, other, lead(start_ts, 1, {LAST})
        OVER (PARTITION BY user_id, device_id ORDER BY start_ts) AS end_ts FROM spans
), slots AS (
    SELECT DISTINCT user_id, coalesce(device_id, {_NO_DEVICE}) AS device,
        {_SLOT.format("ts")} AS slot FROM considered
)
SELECT lasting.*, {_SLOT.format("start_ts")} AS slot FROM lasting
UNION ALL SELECT l.*, slot FROM slots s ASOF JOIN lasting l
ON s.user_id = l.user_id AND s.device = l.device AND slot * {_SLOT_US} + ({FIRST}) > l.start_ts
"""
_JUDGED = f"""
CREATE OR REPLACE TEMP VIEW judged AS SELECT e.*, p.part, CASE WHEN p.part IS NULL THEN 'no span'
    WHEN e.type IN ({_listed(KEYBOARD)}) THEN p.keyboard
    WHEN e.type IN ({_listed(MOUSE)}) THEN p.mouse ELSE p.other END AS reason
FROM considered e LEFT JOIN pieces p ON e.user_id = p.user_id
    AND coalesce(e.device_id, {_NO_DEVICE}) = p.device AND {_SLOT.format("e.ts")} = p.slot
    AND e.ts >= p.start_ts AND e.ts < p.end_ts
"""


def read_allowed(
    connection: duckdb.DuckDBPyConnection,
    spans: pl.DataFrame,
    users: Sequence[str],
    *,
    first_ts: int | None = None,
    last_ts: int | None = None,
    relation: str = "lake.events",
    columns: Sequence[str] = tuple(SCHEMA),
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """These people's events in `[first_ts, last_ts)` that may be used, and the others' count.

    Gives (those columns of `SCHEMA` with `part`, unordered) and (user_id, reason, type, n). Raises
    `TacendaError` where an event is in neither or in both.
    """
    _judge(connection, spans, users, first_ts, last_ts, relation)
    try:
        allowed = connection.execute(
            f"SELECT {', '.join(columns)}, part FROM judged WHERE reason IS NULL"
        ).pl()
        removed = connection.execute(
            "SELECT user_id, reason, type, count(*) AS n FROM judged WHERE reason IS NOT NULL "
            "GROUP BY ALL ORDER BY ALL"
        ).pl()
        row = connection.execute("SELECT count(*) FROM considered").fetchone()
    finally:
        for name in ("VIEW judged", "VIEW considered", "TABLE pieces", "TABLE considered_users"):
            connection.execute(f"DROP {name}")
    _check_verdicts(removed)
    _check_sum(int(row[0]) if row else -1, allowed.height, int(removed["n"].sum() or 0))
    return allowed.cast({name: SCHEMA[name] for name in columns}), removed


def _judge(
    connection: duckdb.DuckDBPyConnection,
    spans: pl.DataFrame,
    users: Sequence[str],
    first_ts: int | None,
    last_ts: int | None,
    relation: str,
) -> None:
    """Makes `judged`: each event with its `part` and the reason why it is removed, or null.

    It is a view of `considered`, the people's events in that time.
    """
    limits = "" if first_ts is None else f" AND ts >= {int(first_ts)}"
    limits += "" if last_ts is None else f" AND ts < {int(last_ts)}"
    chosen = pl.DataFrame({"user_id": list(users)}, schema={"user_id": pl.String()})
    connection.register("chosen", chosen.to_arrow())
    connection.execute("CREATE OR REPLACE TEMP TABLE considered_users AS FROM chosen")
    connection.unregister("chosen")
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW considered AS SELECT {', '.join(SCHEMA)} FROM {relation} "
        f"WHERE user_id IN (FROM considered_users){limits}"
    )
    connection.register("spans", spans.to_arrow())
    connection.execute(_PIECES)
    connection.unregister("spans")
    connection.execute(_JUDGED)


def _check_verdicts(removed: pl.DataFrame) -> None:
    if (removed["reason"] == "no span").any():
        raise TacendaError(
            "consent could not be decided for some events",
            todo="report this",
            undone="nothing was built",
        )


def _check_sum(total: int, allowed: int, removed: int) -> None:
    if total != allowed + removed:
        raise TacendaError(
            "events went missing between the warehouse and the consent rules",
            todo="report this",
            undone="nothing was built",
        )
