"""The consent rules over the warehouse: one query per chunk, every event used or removed."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import polars as pl

from etl.errors import TacendaError
from privacy import consent
from transforms.events import KEYBOARD, MOUSE, SCHEMA

_NO_DEVICE = "chr(0)"  # stands for a missing device in joins, which do not match nulls
_SECURABLE = (*KEYBOARD, "focus")


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def boundaries(
    connection: duckdb.DuckDBPyConnection, users: Sequence[str], relation: str = "lake.events"
) -> pl.DataFrame:
    """The few events that decide about these people's time, and one row for each device.

    Columns as `privacy.consent.BOUNDARIES`; a device's own row has the type `device`.
    """
    columns = ", ".join(consent.BOUNDARIES)
    return connection.execute(
        f"SELECT {columns} FROM {relation} WHERE list_contains($users, user_id) AND "
        f"(type IN ('pause', 'resume', 'focus') OR (secure AND type IN ({_listed(_SECURABLE)}))) "
        "UNION ALL SELECT user_id, device_id, min(ts), 'device', NULL, NULL, NULL, NULL "
        f"FROM {relation} WHERE list_contains($users, user_id) GROUP BY user_id, device_id",
        {"users": list(users)},
    ).pl()


def read_allowed(
    connection: duckdb.DuckDBPyConnection,
    spans: pl.DataFrame,
    users: Sequence[str],
    *,
    first_ts: int | None = None,
    last_ts: int | None = None,
    relation: str = "lake.events",
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """These people's events in `[first_ts, last_ts)` that may be used, and the others' count.

    Gives (canonical columns with `part`, unordered) and (reason, type, n). Raises
    `TacendaError` where an event is in neither or in both.
    """
    _judge(connection, spans, users, first_ts, last_ts, relation)
    try:
        allowed = connection.execute(
            f"SELECT {', '.join(SCHEMA)}, part FROM judged WHERE reason IS NULL"
        ).pl()
        removed = connection.execute(
            "SELECT reason, type, count(*) AS n FROM judged WHERE reason IS NOT NULL "
            "GROUP BY ALL ORDER BY ALL"
        ).pl()
        row = connection.execute("SELECT count(*) FROM judged").fetchone()
    finally:
        connection.execute("DROP TABLE IF EXISTS judged")
    _check_sum(int(row[0]) if row else -1, allowed.height, int(removed["n"].sum() or 0))
    return allowed.cast(dict(SCHEMA.items())), removed


def _judge(
    connection: duckdb.DuckDBPyConnection,
    spans: pl.DataFrame,
    users: Sequence[str],
    first_ts: int | None,
    last_ts: int | None,
    relation: str,
) -> None:
    """Makes `judged`: each event with its `part` and the reason why it is removed, or null."""
    connection.register("spans", spans.to_arrow())
    columns = ", ".join(f"e.{name}" for name in SCHEMA)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE judged AS SELECT {columns}, s.part, "
        "CASE WHEN s.part IS NULL THEN 'no span' "
        f"WHEN e.type IN ({_listed(KEYBOARD)}) THEN s.keyboard "
        f"WHEN e.type IN ({_listed(MOUSE)}) THEN s.mouse ELSE s.other END AS reason "
        f"FROM {relation} e ASOF LEFT JOIN spans s ON e.user_id = s.user_id "
        f"AND coalesce(e.device_id, {_NO_DEVICE}) = coalesce(s.device_id, {_NO_DEVICE}) "
        "AND e.ts >= s.start_ts WHERE list_contains($users, e.user_id) "
        "AND ($first IS NULL OR e.ts >= $first) AND ($last IS NULL OR e.ts < $last)",
        {"users": list(users), "first": first_ts, "last": last_ts},
    )
    connection.unregister("spans")
    missing = connection.execute("SELECT 1 FROM judged WHERE reason = 'no span' LIMIT 1")
    if missing.fetchone() is not None:
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
