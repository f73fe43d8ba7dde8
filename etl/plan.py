"""How a build's work is cut: chunks of whole people, or of a person's days, of bounded size."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from transforms.events import DAY_US

CHUNK_EVENTS = 120_000


@dataclass(frozen=True)
class Chunk:
    """Some people's events with `first_ts <= ts < last_ts` (None: from the first, to the last)."""

    users: tuple[str, ...]
    first_ts: int | None = None
    last_ts: int | None = None


def chunks(connection: duckdb.DuckDBPyConnection, *, limit: int = CHUNK_EVENTS) -> list[Chunk]:
    """Cuts the warehouse into chunks of some `limit` events; nothing is ever built across a cut.

    People of one partition go together, so that a chunk reads few files. Days are UTC, which no
    row ever spans, so that cutting there changes nothing.
    """
    people = connection.execute(
        "SELECT user_id, count(*) AS n FROM lake.events GROUP BY user_id "
        "ORDER BY min(parse_filename(filename)), user_id"
    ).fetchall()
    made: list[Chunk] = []
    users: list[str] = []
    size = 0
    for user, n in people:
        if n > limit:
            made += _by_days(connection, user, limit)
            continue
        if users and size + n > limit:
            made.append(Chunk(tuple(sorted(users))))
            users, size = [], 0
        users.append(user)
        size += n
    if users:
        made.append(Chunk(tuple(sorted(users))))
    return made


def _by_days(connection: duckdb.DuckDBPyConnection, user: str, limit: int) -> list[Chunk]:
    days: Sequence[tuple[int, int]] = connection.execute(
        f"SELECT CAST(floor(ts / {DAY_US}.0) AS BIGINT) AS day, count(*) FROM lake.events "
        "WHERE user_id = ? GROUP BY day ORDER BY day",
        [user],
    ).fetchall()
    made: list[Chunk] = []
    first: int | None = None
    size = 0
    for day, n in days:
        if size and size + n > limit:
            made.append(Chunk((user,), first, day * DAY_US))
            first, size = day * DAY_US, 0
        size += n
    made.append(Chunk((user,), first, None))
    return made
