"""What requests would take out if they were asked for: events by reason, rows, shards, releases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import duckdb
import polars as pl

from etl import consented, holdings, registries
from etl.holdings import Holding
from etl.project import Project
from privacy import consent
from privacy.registry import Registries, Withdrawal

_COPIED, _PEOPLE = 500, 20  # people whose events are copied together, and looked at together
_OWN = "concerned"


@dataclass(frozen=True)
class Impact:
    """Events of the people concerned, removed by reason `before` and `after`; `more` in addition.

    `releases` hold rows that the requests speak of, no row counted twice.
    """

    events: int
    before: dict[str, int]
    after: dict[str, int]
    releases: tuple[Holding, ...]

    @property
    def more(self) -> int:
        """How many events that are used now would be removed."""
        return sum(self.after.values()) - sum(self.before.values())


def impact(
    connection: duckdb.DuckDBPyConnection,
    project: Project,
    withdrawals: Sequence[Withdrawal],
    now: int,
) -> Impact:
    """Judges every event of the people concerned, without and with these withdrawals.

    Raises `TacendaError` where the registries cannot be read. Changes nothing.
    """
    known = registries.effective(project, connection, now)
    asked = replace(known, withdrawals=(*known.withdrawals, *withdrawals))
    users = sorted({one.user_id for one in withdrawals})
    before: Counter[str] = Counter()
    after: Counter[str] = Counter()
    events = 0
    for people in _people(connection, users):
        bounds = consented.boundaries(connection, people, _OWN)
        total, removed = _removed(connection, known, bounds, people)
        before += removed
        after += _removed(connection, asked, bounds, people)[1]
        events += total
    held = holdings.together(connection, project, withdrawals)
    return Impact(events, _sorted(before), _sorted(after), tuple(held))


def _people(connection: duckdb.DuckDBPyConnection, users: Sequence[str]) -> Iterator[list[str]]:
    """A few people at a time, their events in a table of their own: the warehouse is read once."""
    for first in range(0, len(users), _COPIED):
        copied = list(users[first : first + _COPIED])
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_OWN} AS "
            "SELECT * FROM lake.events WHERE user_id IN (SELECT unnest(?::VARCHAR[]))",
            [copied],
        )
        for place in range(0, len(copied), _PEOPLE):
            yield copied[place : place + _PEOPLE]
    connection.execute(f"DROP TABLE IF EXISTS {_OWN}")


def _removed(
    connection: duckdb.DuckDBPyConnection,
    known: Registries,
    bounds: pl.DataFrame,
    people: Sequence[str],
) -> tuple[int, Counter[str]]:
    """All events of these people, and how many are removed for which reason."""
    spans = consent.denied_spans(known, bounds)
    allowed, removed = consented.read_allowed(connection, spans, people, relation=_OWN)
    counts: Counter[str] = Counter()
    for reason, n in removed.select("reason", "n").iter_rows():
        counts[reason] += n
    return allowed.height + counts.total(), counts


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return {reason: counts[reason] for reason in consent.REASONS if counts[reason]}
