"""The events that decide about people's time, read once for all the gates of a build."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import polars as pl

from etl import consented, scratch

_PEOPLE = 500  # read at a time
_TABLE = "bounds"


def load(
    store: duckdb.DuckDBPyConnection,
    connection: duckdb.DuckDBPyConnection,
    users: Iterable[str],
    relation: str,
) -> None:
    """Puts into `scratch` what `consented.boundaries` gives of those who are not in it yet."""
    known: set[str] = set()
    if scratch.has(store, "scratch", _TABLE):
        found = store.execute(f"SELECT DISTINCT user_id FROM scratch.{_TABLE}").fetchall()
        known = {row[0] for row in found}
    missing = sorted(set(users) - known)
    for start in range(0, len(missing), _PEOPLE):
        part = missing[start : start + _PEOPLE]
        scratch.append(store, "scratch", _TABLE, consented.boundaries(connection, part, relation))


def of(store: duckdb.DuckDBPyConnection, users: Sequence[str]) -> pl.DataFrame:
    """What was loaded of some people."""
    return store.execute(
        f"SELECT * FROM scratch.{_TABLE} WHERE user_id IN (SELECT unnest(?::VARCHAR[]))",
        [list(users)],
    ).pl()
