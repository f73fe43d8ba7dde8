"""How a build's work is cut: chunks of whole people, or of a person's days, of bounded size."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from transforms.events import DAY_US

CHUNK_EVENTS = 120_000


@dataclass(frozen=True)
class Chunk:
    """Some people's events with `first_ts <= ts < last_ts` (None: from the first, to the last).

    `datasets` are those to make of them. `ends` says that nothing of these people comes after it.
    """

    users: tuple[str, ...]
    first_ts: int | None = None
    last_ts: int | None = None
    datasets: tuple[str, ...] = ()
    ends: bool = True


def chunks(
    connection: duckdb.DuckDBPyConnection,
    todo: Mapping[str, tuple[str, ...]],
    *,
    limit: int = CHUNK_EVENTS,
) -> list[Chunk]:
    """Cuts people's events into chunks of some `limit` events; nothing is built across a cut.

    `todo` names the datasets to make of each person. People of one partition go together, so that
    a chunk reads few files. Days are UTC, which no row ever spans, so that cutting there changes
    nothing. Somebody without any event is in a chunk all the same.
    """
    alike: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for user, datasets in todo.items():
        alike[datasets].append(user)
    return [
        made
        for datasets, users in sorted(alike.items())
        for made in _chunks(connection, users, datasets, limit)
    ]


def _chunks(
    connection: duckdb.DuckDBPyConnection, who: Sequence[str], datasets: tuple[str, ...], limit: int
) -> list[Chunk]:
    found = connection.execute(
        "SELECT user_id, count(*) AS n FROM lake.events "
        "WHERE user_id IN (SELECT unnest(?::VARCHAR[])) GROUP BY user_id "
        "ORDER BY min(parse_filename(filename)), user_id",
        [list(who)],
    ).fetchall()
    empty = sorted(set(who) - {user for user, _ in found})
    made: list[Chunk] = [Chunk(tuple(empty), datasets=datasets)] if empty else []
    users: list[str] = []
    size = 0
    for user, n in found:
        if n > limit:
            made += _by_days(connection, user, datasets, limit)
            continue
        if users and size + n > limit:
            made.append(Chunk(tuple(sorted(users)), datasets=datasets))
            users, size = [], 0
        users.append(user)
        size += n
    if users:
        made.append(Chunk(tuple(sorted(users)), datasets=datasets))
    return made


def _by_days(
    connection: duckdb.DuckDBPyConnection, user: str, datasets: tuple[str, ...], limit: int
) -> list[Chunk]:
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
            made.append(Chunk((user,), first, day * DAY_US, datasets, ends=False))
            first, size = day * DAY_US, 0
        size += n
    made.append(Chunk((user,), first, None, datasets))
    return made
