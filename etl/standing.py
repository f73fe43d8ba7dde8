"""What removes something of a person over all: counts by reason, and what each window takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from etl.errors import TacendaError
from etl.why import Person, holding, order
from privacy.causes import SCOPES, Cause
from privacy.consent import decided, exempt_scopes
from privacy.pseudonyms import normal_id
from privacy.registry import Exemption
from privacy.windows import FIRST
from transforms.events import KEYBOARD, MOUSE

_NO_DEVICE = "chr(0)"  # stands for a missing device in joins, which do not match nulls
_SEGMENTS = {"device_id": pl.String(), "start_ts": pl.Int64(), "segment": pl.Int64()}

Counts = Counter[tuple[str | None, str]]
"""Events by reason (None: used) and scope."""


@dataclass(frozen=True)
class Held:
    """A window or standing rule on the devices where it holds, and the events that it removes.

    `alone`: nothing else removes them; `shared`: something else would too.
    """

    cause: Cause
    devices: tuple[str | None, ...]
    alone: int
    shared: int


@dataclass(frozen=True)
class Standing:
    """A person's events by reason and scope, all that holds for them, the weightiest first.

    `idle` are rows of exemptions that remove nothing, each with the rule that says so.
    """

    counts: Counts
    held: tuple[Held, ...]
    idle: tuple[tuple[Exemption, str], ...]


def standing(
    connection: duckdb.DuckDBPyConnection,
    person: Person,
    now: int,
    relation: str = "lake.events",
) -> Standing:
    """Counts what holds for a person; raises `TacendaError` where the sums do not agree."""
    devices: Sequence[str | None] = person.devices or [None]
    found = holding(person, person.last if person.last is not None else now, devices)
    counts: Counts = Counter()
    alone: Counter[Cause] = Counter()
    shared: Counter[Cause] = Counter()
    measured = _measured(connection, person, found, relation)
    for device, held in found.items():
        for segment, active in enumerate(_segments(held)):
            for scope in SCOPES:
                n = measured.get((device, segment, scope), 0)
                taking = [one for one in active if scope in one.scopes] if n else []
                counts[taking[0].reason if taking else None, scope] += n
                (alone if len(taking) == 1 else shared).update(dict.fromkeys(taking, n))
    if counts.total() != person.events:
        raise TacendaError(
            "events went missing between the warehouse and the consent rules",
            todo="report this",
            undone="nothing was counted",
        )
    return Standing(counts, _held(found, alone, shared), tuple(_idle(person)))


def _segments(held: Sequence[Cause]) -> Iterator[list[Cause]]:
    """What holds in each stretch between two edges, in order, the weightiest first."""
    starts: dict[int, list[Cause]] = {}
    ends: dict[int, list[Cause]] = {}
    for one in dict.fromkeys(held):
        starts.setdefault(one.start, []).append(one)
        ends.setdefault(one.end, []).append(one)
    active: dict[Cause, None] = {}
    for edge in _edges(held):
        for one in ends.get(edge, ()):
            active.pop(one, None)
        active.update(dict.fromkeys(starts.get(edge, ())))
        yield sorted(active, key=order)


def _edges(held: Sequence[Cause]) -> list[int]:
    return sorted({FIRST, *(edge for one in held for edge in (one.start, one.end))})


def _measured(
    connection: duckdb.DuckDBPyConnection,
    person: Person,
    found: Mapping[str | None, Sequence[Cause]],
    relation: str,
) -> dict[tuple[str | None, int, str], int]:
    """How many events each device has in each stretch and scope."""
    rows = [
        (device, start, segment)
        for device, held in found.items()
        for segment, start in enumerate(_edges(held))
    ]
    connection.register("segments", pl.DataFrame(rows, schema=_SEGMENTS, orient="row").to_arrow())
    try:
        counted = connection.execute(
            f"SELECT e.device_id, s.segment, CASE WHEN type IN {KEYBOARD} THEN 'keyboard' "
            f"WHEN type IN {MOUSE} THEN 'mouse' ELSE 'other' END, count(*) "
            f"FROM {relation} e ASOF LEFT JOIN segments s ON e.ts >= s.start_ts "
            f"AND coalesce(e.device_id, {_NO_DEVICE}) = coalesce(s.device_id, {_NO_DEVICE}) "
            "WHERE e.user_id = ? GROUP BY ALL",
            [person.user],
        ).fetchall()
    finally:
        connection.unregister("segments")
    return {(device, segment, scope): n for device, segment, scope, n in counted}


def _held(
    found: Mapping[str | None, Sequence[Cause]], alone: Counter[Cause], shared: Counter[Cause]
) -> tuple[Held, ...]:
    devices: dict[Cause, dict[str | None, None]] = {}
    for device, held in found.items():
        for one in held:
            devices.setdefault(one, {})[device] = None
    return tuple(
        Held(one, tuple(devices[one]), alone[one], shared[one])
        for one in sorted(devices, key=order)
    )


def _idle(person: Person) -> Iterator[tuple[Exemption, str]]:
    """Rows of this person's that do not exclude: denied or taken back (C1), or overtaken (C3)."""
    own = [row for row in person.registries.exemptions if normal_id(row.user_id) == person.user]
    standing = exempt_scopes(person.registries).get(person.user, {}).values()
    for row in own:
        if not any(row is one for one in standing):
            latest = max((r for r in own if r.scope == row.scope), key=decided)
            yield row, "C1" if row is latest else "C3"
